"""The verb of indicators: measure all places at once, and keep what was found."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Select, Subquery, cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from core.clock import now
from core.db import db, of_tenant
from core.indicators.contract import Period
from core.indicators.declared import Declared
from core.indicators.models import IndicatorValue
from core.places.models import Place
from core.plugin_host.active_places import where_active
from core.plugin_host.host import PluginHost
from core.plugin_host.queries import policies

LONGEST_SECONDS = 30
_KEPT = ("value", "computed_at", "source")


def compute(host: PluginHost, declared: Declared, period: Period) -> int:
    """Measure ``period`` in one statement; return at how many places.

    Places where the plugin is not active keep the value they have. Of two at once, the one that
    began later stands. Values are derived, so this is no act for the audit log.

    Raises:
        TypeError: the plugin's ``compute`` returned something else than its contract says.
        DBAPIError: its statement failed, took longer than 30 seconds, or named a place twice.
    """
    measured = _measured(declared, period)
    moment = now()
    found = (
        select(
            Place.tenant_id,
            literal(declared.id),
            literal(period.key),
            Place.id,
            cast(func.coalesce(measured.c.value, 0), BigInteger),
            literal(moment),
            literal(declared.source),
        )
        .outerjoin(measured, measured.c.place_id == Place.id)
        .where(
            Place.kind == declared.level,
            where_active(host, declared.plugin.id, declared.level, policies()),
        )
        .order_by(Place.id)
    )
    table: Any = IndicatorValue.__table__
    columns = ("tenant_id", "indicator", "period", "place_id", *_KEPT)
    filling = insert(table).from_select(columns, found)
    filling = filling.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: filling.excluded[name] for name in _KEPT},
        where=table.c.computed_at <= filling.excluded.computed_at,
    )
    connection = db.session.connection()
    connection.execute(text(f"SET LOCAL statement_timeout = '{LONGEST_SECONDS}s'"))
    filling = of_tenant(filling).execution_options(preserve_rowcount=True)
    return connection.execute(filling).rowcount


def _measured(declared: Declared, period: Period) -> Subquery:
    query = declared.indicator.compute(period)
    if not isinstance(query, Select) or {"place_id", "value"} - set(query.selected_columns.keys()):
        raise TypeError(f"{declared.id} did not return a select of place_id and value")
    return query.subquery("measured")
