"""Keeping the values of a tenant's indicators up to date; cron does it every hour."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import tenancy
from core.clock import now
from core.db import db, transaction
from core.indicators import declared, service
from core.indicators.contract import Period
from core.indicators.periods import after, before, open_periods, period_at
from core.plugin_host.host import plugin_host

log = logging.getLogger(__name__)

EVERY = timedelta(hours=1)


@dataclass(frozen=True)
class Refreshed:
    """What became of one indicator's period. ``failure`` is for the operator."""

    indicator: str
    period: str
    places: int = 0
    failure: str = ""


def refresh(tenant: int, *, at: datetime | None = None) -> list[Refreshed]:
    """Measure every indicator's open periods, each in a transaction of its own.

    One that fails or is too slow is logged with its plugin and leaves the others alone. Call it
    with no transaction open, any number of times.

    Args:
        at: an aware moment to take for now.
    """
    done = []
    with tenancy.enter(tenant):
        for item in declared.every(plugin_host()):
            for period in open_periods(item.indicator.period, at or now()):
                done.append(_refresh(item, period))
    return done


def measure_year(tenant: int) -> list[Refreshed]:
    """Measure every indicator's periods that reach into the last twelve months, as in ``refresh``.

    For data that is entered afterwards, such as the demo's.
    """
    this_month = period_at("month", now())
    first = this_month.begins
    for _month in range(11):
        first = before(period_at("month", first)).begins
    done = []
    with tenancy.enter(tenant):
        for item in declared.every(plugin_host()):
            period = period_at(item.indicator.period, first)
            while period.begins < this_month.ends:
                done.append(_refresh(item, period))
                period = after(period)
    return done


def _refresh(item: declared.Declared, period: Period) -> Refreshed:
    try:
        with transaction():
            places = service.compute(plugin_host(), item, period)
    except Exception as error:
        log.exception("indicator %s of plugin %s failed", item.id, item.plugin.id)
        reason = str(getattr(error, "orig", error)).partition("\n")[0]
        return Refreshed(item.id, period.key, failure=reason)
    finally:
        db.session.remove()
    return Refreshed(item.id, period.key, places)
