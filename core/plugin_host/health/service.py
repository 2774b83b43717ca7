"""Verbs: count a failure, set a plugin's boxes aside, bring them back."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.permissions import PLUGIN_OPERATE
from core.audit import Attempt, attempt
from core.clock import now
from core.db import db
from core.ids import new_id
from core.places.models import Place
from core.plugin_host.models import PluginFailure
from core.plugin_host.spec import DECIDE

if TYPE_CHECKING:
    from core.plugin_host.host import PluginHost

FAILURES = 5
"""So many failures of one hook, each within an hour of the one before, set a plugin aside."""

FORGOTTEN_AFTER = timedelta(hours=1)
ASIDE_FOR = timedelta(minutes=15)
QUARANTINED = "core.plugin.quarantine"
RELEASED = "core.plugin.release"
LINLI = Actor.system("linli")


def record(place_id: UUID, plugin: str, hook: str, error: str, traceback: str) -> None:
    """Count one failure, and set the plugin aside at this place when it was one too many.

    A plugin that is tried again and fails is set aside anew at once. Decisions are counted too
    but never set aside, since they fail closed.
    """
    at = now()
    quarantined_at = (
        db.session.connection()
        .execute(_counted(place_id, plugin, hook, error, traceback, at))
        .scalar_one()
    )
    if quarantined_at == at:
        with _act(LINLI, QUARANTINED, place_id, plugin) as act:
            act.after = {"hook": hook, "error": error, "until": (at + ASIDE_FOR).isoformat()}


def recover(place_id: UUID, plugin: str, hook: str) -> None:
    """Bring back a plugin whose ``hook`` was tried again and did not fail."""
    still_aside = PluginFailure.quarantined_at.is_not(None)
    if _clear(place_id, plugin, PluginFailure.hook == hook, still_aside):
        with _act(LINLI, RELEASED, place_id, plugin) as act:
            act.after = {"hook": hook}


def release(actor: Actor, host: PluginHost, place: Place, plugin_id: str) -> None:
    """Try a plugin's boxes again at ``place`` from now on; what failed before is not counted.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Forbidden: the actor may not operate plugins there.
    """
    with attempt(actor, RELEASED, object_type="plugin", object_id=plugin_id, place_code=place.code):
        host.get(plugin_id)
        actor.require(PLUGIN_OPERATE, place)
        _clear(place.id, plugin_id)


def _act(actor: Actor, action: str, place_id: UUID, plugin: str) -> AbstractContextManager[Attempt]:
    code = db.session.execute(select(Place.code).where(Place.id == place_id)).scalar_one()
    return attempt(actor, action, object_type="plugin", object_id=plugin, place_code=code)


def _clear(place_id: UUID, plugin: str, *which: ColumnElement[bool]) -> bool:
    """Counting is no act of anybody: like the gate, it goes past the session's audit."""
    found = db.session.connection().execute(
        update(PluginFailure)
        .where(
            PluginFailure.tenant_id == tenancy.required(),
            PluginFailure.place_id == place_id,
            PluginFailure.plugin == plugin,
            *which,
        )
        .values(count=0, quarantined_at=None, retry_at=None)
        .returning(PluginFailure.id)
    )
    return bool(found.all())


def _counted(
    place_id: UUID, plugin: str, hook: str, error: str, traceback: str, at: datetime
) -> ReturningInsert[Any]:
    row = PluginFailure.__table__.c
    recent = row.last_at > at - FORGOTTEN_AFTER
    count = case((recent, row.count + 1), else_=1)
    aside: ColumnElement[Any] = null()
    retry: ColumnElement[Any] = null()
    if hook not in DECIDE:
        one_too_many = count >= FAILURES
        was_aside = row.quarantined_at.is_not(None)
        aside = case((was_aside, row.quarantined_at), (one_too_many, at))
        retry = case((was_aside | one_too_many, at + ASIDE_FOR))
    last = {"last_at": at, "error": error, "traceback": traceback}
    return (
        insert(PluginFailure)
        .values(
            tenant_id=tenancy.required(),
            id=new_id(),
            place_id=place_id,
            plugin=plugin,
            hook=hook,
            count=1,
            first_at=at,
            **last,
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "place_id", "plugin", "hook"],
            set_={
                "count": count,
                "first_at": case((recent, row.first_at), else_=at),
                "quarantined_at": aside,
                "retry_at": retry,
                **last,
            },
        )
        .returning(row.quarantined_at)
    )
