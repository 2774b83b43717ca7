"""The areas of core, in the order in which they are hung into the application."""

from core.accounts.views import area as accounts
from core.audit.views import area as audit
from core.places.views import area as places
from core.plugin_host.views import area as plugins
from core.web.front import area as front

AREAS = (front, accounts, places, plugins, audit)
