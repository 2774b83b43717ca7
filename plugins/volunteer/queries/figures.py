"""Figures of a community: for its slots, and as an indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, true
from sqlalchemy.sql.selectable import LateralFromClause

from core.sdk import Period, PlaceView, db, local, now, tenant_id
from plugins.volunteer.models import Activity, Attendance


@dataclass(frozen=True)
class Month:
    """What a community's volunteers gave since the month began: minutes, and how many people."""

    minutes: int
    people: int


@dataclass(frozen=True)
class Open:
    """What is not finished: people checked in and not out, and hours not confirmed."""

    present: int
    waiting: int


def this_month(place: PlaceView) -> Month:
    """Return the confirmed minutes and the helpers of this month, by the district's calendar."""
    there = _of_each(Attendance.minutes_confirmed > 0)
    row: Any = db.session.execute(
        select(
            func.coalesce(func.sum(there.c.minutes_confirmed), 0),
            func.count(there.c.volunteer_id.distinct()),
        )
        .select_from(Activity)
        .join(there, true())
        .where(
            Activity.place_id == place.id,
            Activity.starts_at >= _month_begins(),
            Activity.starts_at <= now(),
        )
    ).one()
    return Month(*row)


def open_at(place: PlaceView, since: datetime | None = None) -> Open:
    """Count what is not finished at a community.

    Args:
        since: only of activities that began then or later; by default of all there ever were.
    """
    begun = Activity.starts_at >= since if since else true()
    there = _of_each(Attendance.minutes_confirmed.is_(None))
    row = db.session.execute(
        select(
            func.count().filter(there.c.checked_out_at.is_(None)),
            func.count().filter(there.c.checked_out_at.is_not(None)),
        )
        .select_from(Activity)
        .join(there, true())
        .where(Activity.place_id == place.id, begun)
    ).one()
    return Open(*row)


def still_open(place: PlaceView, since: datetime, most: int) -> Sequence[Activity]:
    """Return the latest activities since then at which somebody is checked in and not out."""
    present = (
        select(Attendance.id)
        .where(
            Attendance.tenant_id == Activity.tenant_id,
            Attendance.activity_id == Activity.id,
            Attendance.checked_out_at.is_(None),
        )
        .exists()
    )
    return (
        db.session.execute(
            select(Activity)
            .where(Activity.place_id == place.id, Activity.starts_at >= since, present)
            .order_by(Activity.starts_at.desc(), Activity.id)
            .limit(most)
        )
        .scalars()
        .all()
    )


def hours_by_place(period: Period) -> Select[*tuple[Any, ...]]:
    """Return the statement of the indicator: confirmed minutes of each community in a period."""
    return (
        select(
            Activity.place_id.label("place_id"),
            func.sum(Attendance.minutes_confirmed).label("value"),
        )
        .join(
            Activity,
            (Activity.tenant_id == Attendance.tenant_id) & (Activity.id == Attendance.activity_id),
        )
        .where(
            Attendance.tenant_id == tenant_id(),
            Activity.tenant_id == tenant_id(),
            Activity.starts_at >= period.begins,
            Activity.starts_at < period.ends,
            Attendance.minutes_confirmed > 0,
        )
        .group_by(Activity.place_id)
    )


def _of_each(condition: ColumnElement[bool]) -> LateralFromClause:
    """The attendances of each activity of the statement around it.

    ``OFFSET 0`` makes PostgreSQL look them up activity by activity. Left to itself it expects as
    many as the district's activities have on average, and reads all attendances of the district
    for a community that has none.
    """
    return (
        select(Attendance.volunteer_id, Attendance.minutes_confirmed, Attendance.checked_out_at)
        .where(
            Attendance.tenant_id == Activity.tenant_id,
            Attendance.activity_id == Activity.id,
            condition,
        )
        .correlate(Activity)
        .offset(0)
        .lateral("there")
    )


def _month_begins() -> datetime:
    return local(now()).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
