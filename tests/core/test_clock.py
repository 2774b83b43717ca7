"""Days of the district's calendar, and the moments at which they begin."""

from datetime import UTC, date, datetime

from core.sdk import DISTRICT_ZONE, day_begins, local, now, today


def test_a_day_begins_at_midnight_in_china() -> None:
    begins = day_begins(date(2026, 3, 1))
    assert begins == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert begins.utcoffset() == UTC.utcoffset(None)
    assert str(local(begins)) == "2026-03-01 00:00:00+08:00"
    assert today() in (local(now()).date(), datetime.now(DISTRICT_ZONE).date())
