"""The time: UTC inside, the district's wall time at the edge."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

DISTRICT_ZONE = ZoneInfo("Asia/Shanghai")
"""All of mainland China keeps one civil time (UTC+8, no summer time)."""


def now() -> datetime:
    """Return the present moment, aware and in UTC."""
    return datetime.now(UTC)


def local(moment: datetime) -> datetime:
    """Return an aware ``moment`` as wall time of the district."""
    return moment.astimezone(DISTRICT_ZONE)
