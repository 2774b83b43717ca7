"""For migrations of plugins."""

from core.tenancy.ddl import protect

__all__ = ["protect"]
