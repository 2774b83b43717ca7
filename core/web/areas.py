"""The areas of core, in the order in which they are hung into the application."""

from core.accounts.token_views import area as tokens
from core.accounts.views import area as accounts
from core.api.views import area as api_document
from core.audit.views import area as audit
from core.events.views import area as events
from core.indicators.views import area as indicators
from core.jobs.views import area as jobs
from core.organisations.views import area as organisations
from core.places.views import area as places
from core.plugin_host.health.views import area as plugin_health
from core.plugin_host.settings.views import area as plugin_settings
from core.plugin_host.views import area as plugins
from core.privacy.views import area as privacy
from core.web.front import area as front

AREAS = (
    front,
    accounts,
    tokens,
    places,
    organisations,
    plugins,
    plugin_settings,
    plugin_health,
    indicators,
    privacy,
    jobs,
    events,
    audit,
    api_document,
)
