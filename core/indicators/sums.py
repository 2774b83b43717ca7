"""Indicators for other plugins: which there are, and their sums over a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Integer, Select, and_, case, cast, func, select

from core.clock import now
from core.indicators.contract import Period, PeriodKind
from core.indicators.declared import Declared, every, one
from core.indicators.models import IndicatorValue
from core.indicators.periods import CORRECTIONS, after, period_at
from core.places.codes import Kind
from core.places.models import Place
from core.places.scope import in_scope
from core.plugin_host.coverage import where_plugin_active
from core.plugin_host.host import plugin_host
from core.plugin_host.speaking import speaking


@dataclass(frozen=True)
class IndicatorInfo:
    """One indicator that may be asked for: its id, and what people need to choose it.

    Stored values are whole numbers; ``divisor`` of them make one ``unit``.
    """

    id: str
    name: str
    unit: str
    period: PeriodKind
    level: Kind
    divisor: int
    rewards_volume: bool
    plugin_name: str


def indicators(level: str | None = None) -> Sequence[IndicatorInfo]:
    """Return the indicators of the plugins that run, by id, in the reader's language.

    Args:
        level: only those that measure this kind of place.
    """
    found = (item for item in every(plugin_host()) if level in (None, item.level))
    return sorted((_info(item) for item in found), key=lambda info: info.id)


def indicator_sums(
    indicator_id: str, place_code: str, begins: datetime, ends: datetime
) -> Select[*tuple[Any, ...]]:
    """Return a statement that sums an indicator at a place and below it, for set-based work.

    Its columns are ``place_id``; ``value``, the sum of the indicator's whole periods that lie in
    ``[begins, ends)``, in its stored unit; ``periods``, how many of them have a value;
    ``measured_at``, the latest measurement; and ``updated``, false when the value of some period
    stands although the period went on, because the plugin is off there. Places without any value
    have no row. Making the statement asks for the district's word (one statement).

    Run it by itself, or as the source of an ``INSERT … SELECT`` that went through ``of_tenant``.

    Args:
        begins, ends: aware instants.

    Raises:
        NotFound: no plugin that runs has an indicator of that name (field ``indicator``).
    """
    declared = one(plugin_host(), indicator_id)
    periods = _whole_periods(declared.indicator.period, begins, ends)
    open_keys = [period.key for period in periods if now() < period.ends + CORRECTIONS]
    is_open = IndicatorValue.period.in_(open_keys)
    return (
        select(
            Place.id.label("place_id"),
            cast(func.sum(IndicatorValue.value), BigInteger).label("value"),
            cast(func.count(), Integer).label("periods"),
            func.max(IndicatorValue.computed_at).label("measured_at"),
            and_(
                func.bool_and(is_open | (IndicatorValue.computed_at >= _ends_of(periods))),
                where_plugin_active(declared.plugin.id, declared.level) | ~func.bool_or(is_open),
            ).label("updated"),
        )
        .join(IndicatorValue, IndicatorValue.place_id == Place.id)
        .where(
            in_scope(Place, place_code),
            Place.kind == declared.level,
            IndicatorValue.indicator == declared.id,
            IndicatorValue.period.in_([period.key for period in periods]),
        )
        .group_by(Place.tenant_id, Place.id)
    )


def _whole_periods(kind: PeriodKind, begins: datetime, ends: datetime) -> list[Period]:
    found = []
    period = period_at(kind, begins)
    if period.begins < begins:
        period = after(period)
    while period.ends <= ends:
        found.append(period)
        period = after(period)
    return found


def _ends_of(periods: list[Period]) -> Any:
    """When the period of a row ends; without periods no row is asked for one."""
    if not periods:
        return IndicatorValue.computed_at
    return case({p.key: p.ends for p in periods}, value=IndicatorValue.period)


def _info(declared: Declared) -> IndicatorInfo:
    indicator, manifest = declared.indicator, declared.plugin.manifest
    assert manifest is not None
    with speaking(declared.plugin.domain):
        plugin_name = str(manifest.name)
    return IndicatorInfo(
        declared.id,
        declared.name,
        declared.unit,
        indicator.period,
        declared.level,
        indicator.divisor,
        indicator.rewards_volume,
        plugin_name,
    )
