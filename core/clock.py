"""The time: UTC inside, the district's wall time at the edge."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

DISTRICT_ZONE = ZoneInfo("Asia/Shanghai")
"""All of mainland China keeps one civil time (UTC+8, no summer time)."""


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """Return an aware ``moment`` as wall time of the district."""
    return moment.astimezone(DISTRICT_ZONE)


def today() -> date:
    """Return the date that the district's calendar shows now."""
    return local(now()).date()


def day_begins(day: date) -> datetime:
    """Return the moment at which ``day`` begins in the district, aware and in UTC.

    A span of whole days, both included, ends before ``day_begins`` of the day after its last.
    """
    return datetime.combine(day, time(), DISTRICT_ZONE).astimezone(UTC)
