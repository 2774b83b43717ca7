"""The public contract for plugins: everything a plugin may import from core, and nothing else.

A plugin is an object with a :class:`Manifest` and methods marked :data:`hookimpl`, named in the
entry-point group ``linli.plugins.v1``. The hooks are listed in ``core.plugin_host.spec``.
"""

from core.accounts.actor import Actor
from core.accounts.identity import mask_phone, normalise_phone
from core.accounts.permissions import Permission
from core.accounts.queries import Colleague, account_names, colleagues
from core.api.contract import ApiContext, Resources
from core.audit import attempt
from core.clock import DISTRICT_ZONE, day_begins, local, now, today
from core.db import db, of_tenant
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.events.contract import Event, Heard, Subscription
from core.events.service import emit
from core.files.fields import UploadField
from core.files.models import StoredFile
from core.files.service import keep_file
from core.files.uploads import Upload
from core.ids import new_id
from core.indicators.contract import Indicator, Period
from core.indicators.periods import period_at, period_of
from core.indicators.queries import Value as IndicatorValue
from core.indicators.queries import indicator_values
from core.indicators.sums import IndicatorInfo, indicator_sums, indicators
from core.jobs.contract import JobContext, JobType, Progress
from core.jobs.service import start_job
from core.organisations.models import Organisation, ServiceArea
from core.organisations.queries import (
    Served,
    find_organisation,
    organisations_of_kind,
    organisations_serving,
    serves,
    service_areas,
)
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.queries import find_place, get_place, places_by_id
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
from core.plugin_host.coverage import Coverage, coverage, where_plugin_active
from core.plugin_host.demo import DemoContext
from core.plugin_host.page import PageContext
from core.plugin_host.settings import settings_of
from core.plugin_host.spec import hookimpl
from core.privacy.account import account_of
from core.privacy.contract import Counts, PersonalDataHandlers, Section, Subject
from core.sdk.models import TenantOwned, TenantScoped, new_metadata, ref
from core.sdk.texts import Texts
from core.tenancy import required as tenant_id
from core.tenancy.keys import cipher
from core.web.forms import Form, FormSchema
from core.web.i18n import day as shown_day
from core.web.listing import asked_page, choice, search_text

SDK_VERSION = "1.1"

__all__ = [
    "DISTRICT_ZONE",
    "SDK_VERSION",
    "Actor",
    "ApiContext",
    "Colleague",
    "Conflict",
    "Counts",
    "Coverage",
    "DemoContext",
    "DisableContext",
    "ErasureContext",
    "Event",
    "Forbidden",
    "Form",
    "FormSchema",
    "Heard",
    "Indicator",
    "IndicatorInfo",
    "IndicatorValue",
    "Invalid",
    "JobContext",
    "JobType",
    "LinliError",
    "Manifest",
    "NavItem",
    "NotFound",
    "Organisation",
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
    "Served",
    "ServiceArea",
    "StoredFile",
    "Subject",
    "Subscription",
    "Tables",
    "TenantOwned",
    "TenantScoped",
    "Texts",
    "Upload",
    "UploadField",
    "Veto",
    "account_names",
    "account_of",
    "asked_page",
    "attempt",
    "choice",
    "cipher",
    "colleagues",
    "coverage",
    "day_begins",
    "db",
    "emit",
    "find_organisation",
    "find_place",
    "get_place",
    "hookimpl",
    "in_scope",
    "indicator_sums",
    "indicator_values",
    "indicators",
    "keep_file",
    "local",
    "mask_phone",
    "new_id",
    "new_metadata",
    "normalise_phone",
    "now",
    "of_tenant",
    "organisations_of_kind",
    "organisations_serving",
    "paged",
    "period_at",
    "period_of",
    "places_by_id",
    "ref",
    "search_text",
    "serves",
    "service_areas",
    "settings_of",
    "shown_day",
    "start_job",
    "tenant_id",
    "today",
    "where_plugin_active",
]
