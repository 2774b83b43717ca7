"""Periods by the district's calendar (Asia/Shanghai): months, quarters, years."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from core.clock import DISTRICT_ZONE, local
from core.indicators.contract import Period, PeriodKind

MONTHS: dict[PeriodKind, int] = {"month": 1, "quarter": 3, "year": 12}
CORRECTIONS = timedelta(days=10)
"""For so long after its end a period is still measured again: what came late counts."""
_YEAR = r"(?P<year>2[0-9]{3})"
_KEYS: dict[PeriodKind, re.Pattern[str]] = {
    "month": re.compile(rf"{_YEAR}-(?P<number>0[1-9]|1[0-2])"),
    "quarter": re.compile(rf"{_YEAR}-Q(?P<number>[1-4])"),
    "year": re.compile(_YEAR),
}


def period_at(kind: PeriodKind, moment: datetime) -> Period:
    """Return the period of this kind that holds an aware ``moment``.

    Raises:
        ValueError: outside of the years 2000 to 2999.
    """
    at = local(moment)
    return _period(kind, at.year, (at.month - 1) // MONTHS[kind])


def period_of(kind: PeriodKind, key: str) -> Period:
    """Return the period that ``key`` names, such as ``2026-11``, ``2026-Q4`` or ``2026``.

    Raises:
        ValueError: not the key of a period of this kind in the years 2000 to 2999.
    """
    found = _KEYS[kind].fullmatch(key)
    if found is None:
        raise ValueError(f"{key!r} is not the key of a {kind}")
    parts = found.groupdict()
    return _period(kind, int(parts["year"]), int(parts.get("number") or 1) - 1)


def before(period: Period) -> Period:
    """Return the period right before; ValueError before the year 2000."""
    return period_at(period.kind, period.begins - timedelta(days=1))


def after(period: Period) -> Period:
    """Return the period right after; ValueError after the year 2999."""
    return period_at(period.kind, period.ends)


def open_periods(kind: PeriodKind, moment: datetime) -> list[Period]:
    """Return the periods that are measured at an aware ``moment``, the present one last."""
    present = period_at(kind, moment)
    last = before(present)
    return [last, present] if moment < last.ends + CORRECTIONS else [present]


def _period(kind: PeriodKind, year: int, number: int) -> Period:
    """The period that is ``number`` periods after the beginning of ``year``."""
    if not 2000 <= year < 3000:
        raise ValueError(f"the year {year} is not one of 2000 to 2999")
    keys = {
        "month": f"{year}-{number + 1:02}",
        "quarter": f"{year}-Q{number + 1}",
        "year": f"{year}",
    }
    first = number * MONTHS[kind]
    return Period(kind, keys[kind], _first_of(year, first), _first_of(year, first + MONTHS[kind]))


def _first_of(year: int, month: int) -> datetime:
    """The first moment of a month, counted from 0, which may lie in the next year."""
    years, month = divmod(month, 12)
    return datetime(year + years, month + 1, 1, tzinfo=DISTRICT_ZONE).astimezone(UTC)
