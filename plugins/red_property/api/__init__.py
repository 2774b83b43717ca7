"""Resources of Red property."""

from plugins.red_property.api import companies, methods
from plugins.red_property.api.resources import api

__all__ = ["api", "companies", "methods"]
