"""Days and times as people type them: ``2026年11月21日 14:05``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

_YEARS = range(1900, 2200)
_NO_TIME = "not a time"
_WHEN = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?"
)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def clock(text: str) -> time | str:
    """Return a time of day, or text that a schema will refuse."""
    found = _CLOCK.fullmatch(text)
    try:
        if found:
            hour, minute, second = (int(part or 0) for part in found.groups())
            return time(hour, minute, second)
    except ValueError:
        pass
    return _NO_TIME


def day(text: str) -> date | str:
    """Return a day, or text that a schema will refuse."""
    found = _WHEN.fullmatch(text)
    try:
        if found and found[4] is None and int(found[1]) in _YEARS:
            return date(*map(int, found.groups()[:3]))
    except ValueError:
        pass
    return _NO_TIME


def moment(text: str, timezone: ZoneInfo) -> datetime | str:
    """Return the moment, in UTC, that a wall clock in ``timezone`` showed.

    Or text that a schema will refuse.
    """
    found = _WHEN.fullmatch(text)
    try:
        if found and found[4] is not None and int(found[1]) in _YEARS:
            year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
            wall = datetime(year, month, day, hour, minute, second, tzinfo=timezone)
            return wall.astimezone(UTC)
    except ValueError:
        pass
    return _NO_TIME
