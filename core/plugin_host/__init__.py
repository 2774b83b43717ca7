"""Plugins: discovered, checked, mounted, allowed by districts and switched on by communities."""
