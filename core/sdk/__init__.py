"""The public contract for plugins: everything a plugin may import from core, and nothing else.

A plugin is an object with a :class:`Manifest` and methods marked :data:`hookimpl`, named in the
entry-point group ``linli.plugins.v1``. The hooks are listed in ``core.plugin_host.spec``.
"""

from core.accounts.actor import Actor
from core.accounts.identity import mask_phone, normalise_phone
from core.accounts.permissions import Permission
from core.api.contract import ApiContext, Resources
from core.audit import attempt
from core.clock import local, now
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.events.contract import Event, Heard, Subscription
from core.events.service import emit
from core.ids import new_id
from core.indicators.contract import Indicator, Period
from core.indicators.periods import period_at, period_of
from core.indicators.queries import Value as IndicatorValue
from core.indicators.queries import indicator_values
from core.jobs.contract import JobContext, JobType, Progress
from core.jobs.service import start_job
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView
from core.plugin_host.contract import (
    DisableContext,
    ErasureContext,
    Manifest,
    NavItem,
    Pages,
    Panel,
    PersonalData,
    Tables,
    Veto,
)
from core.plugin_host.page import PageContext
from core.plugin_host.settings import settings_of
from core.plugin_host.spec import hookimpl
from core.privacy.contract import Counts, PersonalDataHandlers, Section, Subject
from core.sdk.models import TenantScoped, new_metadata, ref
from core.sdk.texts import Texts
from core.tenancy import required as tenant_id
from core.tenancy.keys import cipher
from core.web.forms import Form, FormSchema
from core.web.listing import asked_page, choice, search_text

SDK_VERSION = "1.0"

__all__ = [
    "SDK_VERSION",
    "Actor",
    "ApiContext",
    "Conflict",
    "Counts",
    "DisableContext",
    "ErasureContext",
    "Event",
    "Forbidden",
    "Form",
    "FormSchema",
    "Heard",
    "Indicator",
    "IndicatorValue",
    "Invalid",
    "JobContext",
    "JobType",
    "LinliError",
    "Manifest",
    "NavItem",
    "NotFound",
    "Page",
    "PageContext",
    "Pages",
    "Paging",
    "Panel",
    "Period",
    "Permission",
    "PersonalData",
    "PersonalDataHandlers",
    "Place",
    "PlaceView",
    "Progress",
    "Resources",
    "Section",
    "Subject",
    "Subscription",
    "Tables",
    "TenantScoped",
    "Texts",
    "Veto",
    "asked_page",
    "attempt",
    "choice",
    "cipher",
    "db",
    "emit",
    "hookimpl",
    "in_scope",
    "indicator_values",
    "local",
    "mask_phone",
    "new_id",
    "new_metadata",
    "normalise_phone",
    "now",
    "paged",
    "period_at",
    "period_of",
    "ref",
    "search_text",
    "settings_of",
    "start_job",
    "tenant_id",
]
