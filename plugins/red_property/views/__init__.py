"""Pages of Red property."""

from plugins.red_property.views import companies, entries, methods, proposals, public
from plugins.red_property.views.pages import pages

__all__ = ["companies", "entries", "methods", "pages", "proposals", "public"]
