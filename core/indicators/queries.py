"""Reads of indicators: one place's, a subtree's, and what of it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, tuple_
from sqlalchemy.orm import aliased

from core.clock import now
from core.db import db
from core.errors import NotFound
from core.indicators.contract import Period
from core.indicators.declared import Declared, every, one
from core.indicators.models import IndicatorValue
from core.indicators.periods import CORRECTIONS, period_at
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.queries import count_below
from core.places.scope import in_scope
from core.plugin_host.active_places import where_active
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.queries import policies

SHOWN_MISSING = 12


@dataclass(frozen=True)
class View:
    """One indicator over a subtree in one period; ``active`` says in SQL where its plugin is."""

    declared: Declared
    place_code: str
    period: Period
    active: ColumnElement[bool]

    @classmethod
    def of(cls, host: PluginHost, declared: Declared, place_code: str, period: Period) -> View:
        """Look at what the district decided about the plugin (one statement)."""
        active = where_active(host, declared.plugin.id, declared.level, policies())
        return cls(declared, place_code, period, active)


@dataclass(frozen=True)
class Value:
    """What was measured at one place.

    ``value`` counts in the indicator's stored unit. ``updated`` is false for a value that stands
    although its period went on: the plugin was switched off there.
    """

    value: int
    computed_at: datetime
    source: str
    updated: bool


@dataclass(frozen=True)
class Line:
    """One place with its value, if it has one. Without one, it is ``missing`` when the plugin is
    not active there, and not measured yet when it is."""

    place_id: UUID
    code: str
    name: str
    parent_name: str
    active: bool
    value: Value | None

    @property
    def missing(self) -> bool:
        return self.value is None and not self.active


@dataclass(frozen=True)
class Summary:
    """An indicator over a subtree: the sum of ``counted`` of all ``places``."""

    declared: Declared
    period: Period
    total: int
    counted: int
    places: int
    computed_at: datetime | None
    source: str


@dataclass(frozen=True)
class Missing:
    """The places that have no value because the plugin is not active there: how many, and the
    first of them as ``(code, name)``."""

    count: int
    first: tuple[tuple[str, str], ...]


def indicator_values(indicator: str, place_code: str, period: Period) -> Mapping[UUID, Value]:
    """Return what an indicator measured at a place and everywhere below it, by the place's id.

    Whoever asks need not know the plugin that measures. Places that are missing have no entry.

    Raises:
        NotFound: no plugin that runs has an indicator of that name (field ``indicator``).
    """
    view = View.of(plugin_host(), one(plugin_host(), indicator), place_code, period)
    found = [_line(row, period) for row in db.session.execute(_lines(view))]
    return {line.place_id: line.value for line in found if line.value is not None}


def lines(view: View, paging: Paging, *, only_missing: bool = False) -> Page[Line]:
    """Return one page of the places of an indicator's level in a subtree, in code order."""
    query = _lines(view)
    if only_missing:
        query = query.where(_is_missing(view))
    found = paged(query, paging)
    return replace(found, rows=[_line(row, view.period) for row in found.rows])


def missing(view: View) -> Missing:
    """Return which places of a subtree have no value because the plugin is not active there."""
    found = paged(_lines(view).where(_is_missing(view)), Paging(1, SHOWN_MISSING))
    return Missing(found.total, tuple((row.code, row.name) for row in found.rows))


def summaries(
    host: PluginHost, place_code: str, kind: str, counts: Mapping[str, int], moment: datetime
) -> list[Summary]:
    """Return every indicator that measures a place or places below it, in one statement.

    Args:
        kind: of the place at ``place_code``.
        counts: how many places of each kind lie below it.
        moment: what the periods hold; the present, or a time before.
    """
    here = {**counts, kind: 1}
    wanted = [
        (declared, period_at(declared.indicator.period, moment))
        for declared in every(host)
        if declared.level in here
    ]
    rows = db.session.execute(_sums(place_code, wanted)) if wanted else ()
    sums = {row.indicator: row for row in rows}
    return [_summary(item, period, here, sums.get(item.id)) for item, period in wanted]


def count_places(place_code: str, kind: str, declared: Declared) -> int:
    """Return how many places of an indicator's level there are at a place of ``kind`` and below.

    Raises:
        NotFound: none; the indicator says nothing about this place.
    """
    places = 1 if kind == declared.level else count_below(place_code).get(declared.level, 0)
    if not places:
        raise NotFound()
    return places


def summary(declared: Declared, place_code: str, places: int, period: Period) -> Summary:
    """Return one indicator over a subtree with so many ``places`` of its level."""
    row = db.session.execute(_sums(place_code, [(declared, period)])).one_or_none()
    return _summary(declared, period, {declared.level: places}, row)


def _sums(place_code: str, wanted: list[tuple[Declared, Period]]) -> Select[*tuple[Any, ...]]:
    keys = [(declared.id, period.key) for declared, period in wanted]
    return (
        select(
            IndicatorValue.indicator,
            func.sum(IndicatorValue.value).label("total"),
            func.count().label("counted"),
            func.max(IndicatorValue.computed_at).label("computed_at"),
            func.max(IndicatorValue.source).label("source"),
        )
        .join(Place, Place.id == IndicatorValue.place_id)
        .where(
            tuple_(IndicatorValue.indicator, IndicatorValue.period).in_(keys),
            in_scope(Place, place_code),
        )
        .group_by(IndicatorValue.indicator)
    )


def _summary(declared: Declared, period: Period, places: Mapping[str, int], row: Any) -> Summary:
    if row is None:
        return Summary(declared, period, 0, 0, places[declared.level], None, "")
    return Summary(
        declared,
        period,
        int(row.total),
        row.counted,
        places[declared.level],
        row.computed_at,
        row.source,
    )


def _lines(view: View) -> Select[*tuple[Any, ...]]:
    parent = aliased(Place)
    return (
        select(
            Place.id,
            Place.code,
            Place.name,
            func.coalesce(parent.name, "").label("parent_name"),
            view.active.label("active"),
            IndicatorValue.value,
            IndicatorValue.computed_at,
            IndicatorValue.source,
        )
        .outerjoin(parent, parent.id == Place.parent_id)
        .outerjoin(
            IndicatorValue,
            and_(
                IndicatorValue.place_id == Place.id,
                IndicatorValue.indicator == view.declared.id,
                IndicatorValue.period == view.period.key,
            ),
        )
        .where(in_scope(Place, view.place_code), Place.kind == view.declared.level)
        .order_by(Place.code)
    )


def _is_missing(view: View) -> ColumnElement[bool]:
    return and_(IndicatorValue.value.is_(None), ~view.active)


def _line(row: Any, period: Period) -> Line:
    value = None
    if row.value is not None:
        updated = _is_updated(row.active, row.computed_at, period)
        value = Value(row.value, row.computed_at, row.source, updated)
    return Line(row.id, row.code, row.name, row.parent_name, row.active, value)


def _is_updated(active: bool, computed_at: datetime, period: Period) -> bool:
    if now() < period.ends + CORRECTIONS:
        return active
    return computed_at >= period.ends
