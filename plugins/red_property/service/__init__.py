"""Verbs of Red property."""

from plugins.red_property.service import ledger, methods, proposals

__all__ = ["ledger", "methods", "proposals"]
