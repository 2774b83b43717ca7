"""Verbs of events: tell what happened, and have the undelivered heard once more."""

from __future__ import annotations

from dataclasses import fields
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import insert, select, update

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.permissions import EVENT_MANAGE
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import NotFound
from core.events import queries
from core.events.contract import Event
from core.events.models import EventDelivery, EventOutbox
from core.ids import new_id
from core.jobs.queue import SHORT
from core.jobs.wakeup import wake
from core.json_values import as_json
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host

REPLAY = "core.event.replay"


def emit(event: Event, place: PlaceView) -> None:
    """Tell what happened at ``place``; it is told with the transaction under way, or not at all.

    Raises:
        TypeError: a type that no plugin contributed, or a value that JSON cannot hold.
    """
    if not _is_contributed(type(event)):
        raise TypeError(f"{type(event).__name__} is no event that a running plugin contributed")
    payload = {
        field.name: as_json(getattr(event, field.name), f"{event.name}.{field.name}")
        for field in fields(event)  # type: ignore[arg-type]
    }
    tenant = tenancy.required()
    db.session.connection().execute(
        insert(EventOutbox.__table__),  # type: ignore[arg-type]
        {
            "tenant_id": tenant,
            "id": new_id(),
            "name": event.name,
            "place_id": place.id,
            "payload": payload,
            "occurred_at": now(),
            "state": "waiting",
        },
    )
    wake(SHORT, "relay_events", tenant)


def replay(actor: Actor, place: PlaceView, delivery_id: UUID) -> None:
    """Have one delivery tried again now, with all its attempts.

    Raises:
        NotFound: none that is dead or waits, for an event in the scope of ``place``.
        Forbidden: the actor may not do this there.
    """
    with attempt(
        actor,
        REPLAY,
        object_type="event_delivery",
        object_id=delivery_id,
        place_code=place.code,
    ) as act:
        actor.require(EVENT_MANAGE, place)
        if not _revive(select(queries.in_reach(place.code, delivery_id).subquery().c.id)):
            raise NotFound(_("This event was delivered meanwhile, or it is not there."))
        act.after = {"deliveries": 1}


def replay_dead(actor: Actor, place: PlaceView) -> int:
    """Have all dead deliveries in the scope of ``place`` tried again; return how many there were.

    Raises:
        Forbidden: the actor may not do this there.
    """
    with attempt(
        actor, REPLAY, object_type="event_delivery", object_id="*", place_code=place.code
    ) as act:
        actor.require(EVENT_MANAGE, place)
        revived = _revive(select(queries.in_reach(place.code, state="dead").subquery().c.id))
        act.after = {"deliveries": revived}
    return revived


def _is_contributed(kind: type[Event]) -> bool:
    return any(
        plugin.contribution is not None and kind in plugin.contribution.events
        for plugin in plugin_host().ready()
    )


def _revive(wanted: Any) -> int:
    revived = db.session.execute(
        update(EventDelivery)
        .where(EventDelivery.id.in_(wanted), EventDelivery.state != "done")
        .values(state="waiting", attempts=0, due_at=now(), finished_at=None)
        .returning(EventDelivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    if revived:
        wake(SHORT, "relay_events", tenancy.required())
    return len(revived)
