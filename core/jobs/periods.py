"""Periodic jobs: each kind once in a period at every place where its plugin is active."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, false, select
from sqlalchemy.dialects.postgresql import insert

from core import tenancy
from core.accounts.actor import Actor
from core.audit import attempt
from core.clock import local, now
from core.db import db, transaction
from core.ids import new_id
from core.jobs.contract import Every
from core.jobs.declared import Declared, periodic
from core.jobs.models import Job
from core.jobs.queue import LONG
from core.jobs.wakeup import wake
from core.places.models import Place
from core.plugin_host import queries as switches
from core.plugin_host.active_places import where_active
from core.plugin_host.host import PluginHost

PLANNER = Actor.system("periodic work")
PLAN = "core.job.plan"
_FORMATS: dict[Every, str] = {
    "hour": "%Y-%m-%dT%H",
    "day": "%Y-%m-%d",
    "week": "%G-W%V",
    "month": "%Y-%m",
}


def period_key(every: Every, moment: datetime) -> str:
    """Return the name of the period that holds an aware ``moment``, by the district's clock.

    Such as ``2026-11-22T15``, ``2026-11-22``, ``2026-W47`` (ISO 8601, from Monday) or ``2026-11``.
    """
    return local(moment).strftime(_FORMATS[every])


def plan(host: PluginHost, district_code: str, *, at: datetime | None = None) -> int:
    """Start what is not started yet in the present periods; return how many jobs.

    Call it in a tenant, with no transaction open. Several at once do no harm.

    Args:
        district_code: where it is recorded.
        at: an aware moment to take for now.
    """
    started = 0
    for found in periodic(host):
        with transaction():
            started += _plan(host, found, district_code, at or now())
        db.session.remove()
    return started


def _plan(host: PluginHost, found: Declared, district_code: str, moment: datetime) -> int:
    assert found.type.every is not None
    period = period_key(found.type.every, moment)
    places = _places_without(host, found, period)
    if not places:
        return 0
    with attempt(
        PLANNER,
        PLAN,
        object_type="job_type",
        object_id=found.type.name,
        place_code=district_code,
    ) as act:
        ids = _insert(found, period, places)
        act.after = {"period": period, "jobs": len(ids)}
    tenant = tenancy.required()
    for job_id in ids:
        wake(LONG, "run_job", tenant, str(job_id))
    return len(ids)


def _places_without(host: PluginHost, found: Declared, period: str) -> list[UUID]:
    """Return where the plugin is active and the period has no job yet."""
    policies = switches.policies()
    planned = exists().where(
        Job.place_id == Place.id, Job.name == found.type.name, Job.period == period
    )
    places: list[UUID] = []
    for level in found.levels:
        is_active = where_active(host, found.plugin.id, level, policies)
        if is_active is not false():
            wanted = select(Place.id).where(
                Place.kind == level, is_active, ~planned.correlate(Place)
            )
            places += db.session.execute(wanted).scalars()
    return places


def _insert(found: Declared, period: str, places: list[UUID]) -> list[UUID]:
    common: dict[str, Any] = {
        "tenant_id": tenancy.required(),
        "plugin": found.plugin.id,
        "name": found.type.name,
        "key": f"period {period}",
        "period": period,
        "arguments": {"period": period},
        "requested_name": PLANNER.name,
    }
    rows = [{**common, "id": new_id(), "place_id": place_id} for place_id in places]
    inserted = db.session.connection().execute(
        insert(Job).on_conflict_do_nothing().returning(Job.id), rows
    )
    return list(inserted.scalars())
