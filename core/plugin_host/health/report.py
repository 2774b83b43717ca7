"""Failures and counts of a whole tenant, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.clock import now
from core.plugin_host.health import counts, queries


@dataclass(frozen=True)
class Line:
    """One hook of one plugin at one place.

    ``failures`` and ``aside_until`` are those of the last hour; calls, errors and milliseconds
    are today's.
    """

    place: str
    plugin: str
    hook: str
    failures: int
    aside_until: datetime | None
    last_at: datetime | None
    error: str
    calls: int
    errors: int
    mean_ms: float
    slowest_ms: float


def report() -> list[Line]:
    """Return what failed and what was called in the entered tenant, in the order of places."""
    called = {(one.place_id, one.plugin, one.hook): one for one in counts.of_tenant()}
    failed = {(row.place_id, row.plugin, row.hook): row for row in queries.in_tenant()}
    keys = called.keys() | failed.keys()
    codes = queries.codes_of({place_id for place_id, _plugin, _hook in keys})
    at = now()
    lines = []
    for place_id, plugin, hook in keys:
        if place_id not in codes:
            continue
        count = called.get((place_id, plugin, hook))
        row = failed.get((place_id, plugin, hook))
        lines.append(
            Line(
                place=codes[place_id],
                plugin=plugin,
                hook=hook,
                failures=row.count if row else 0,
                aside_until=row.retry_at if row and row.retry_at and row.retry_at > at else None,
                last_at=row.last_at if row else None,
                error=row.error if row else "",
                calls=count.calls if count else 0,
                errors=count.errors if count else 0,
                mean_ms=round(count.mean, 1) if count else 0.0,
                slowest_ms=round(count.slowest, 1) if count else 0.0,
            )
        )
    return sorted(lines, key=lambda line: (line.place, line.plugin, line.hook))
