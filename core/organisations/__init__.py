"""Organisations 组织: companies, committees and bodies, and the places that they serve."""
