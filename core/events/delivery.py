"""Deliveries: each in a transaction of its own, tried again with back-off, dead in the end.

The delivery is marked done in the subscriber's transaction, so that what the subscriber did is
there exactly when the mark is.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from core import tenancy
from core.accounts.actor import Actor
from core.audit import write_refusals
from core.clock import now
from core.db import db, transaction
from core.errors import LinliError
from core.events.contract import Heard, Subscription
from core.events.models import EventDelivery, EventOutbox
from core.events.relay import LATER, relay_late
from core.places.models import Place
from core.plugin_host.at_work import at_work
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.texts import storable

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
LEASE = timedelta(seconds=90)
"""After so long a delivery whose worker fell silent is tried again."""
UNTIL_LOOKED_AGAIN = timedelta(minutes=10)
"""For so long nobody asks again whether a plugin that cannot run is back."""
LONGEST_ERROR = 4000
CUT_OFF = "The worker was ended in the middle of it."

_delivery: Any = EventDelivery.__table__


@dataclass(frozen=True)
class _Claimed:
    id: UUID
    event_id: UUID
    plugin: str
    subscriber: str
    attempts: int

    @property
    def subscription(self) -> str:
        return self.subscriber.partition("/")[2]


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts: 10 s, doubled, at most an hour."""
    return min(FIRST_PAUSE * (1 << attempts - 1), LONGEST_PAUSE)


def postpone_absent(host: PluginHost) -> None:
    """Let what is due for plugins that cannot run wait, without counting an attempt."""
    with transaction():
        db.session.connection().execute(
            update(_delivery)
            .where(
                *_due(),
                _delivery.c.plugin.not_in(_running(host)),
            )
            .values(due_at=now() + UNTIL_LOOKED_AGAIN)
        )


def deliver_next(host: PluginHost) -> bool:
    """Deliver what is due longest, if anything; return whether there was something.

    Call it in a tenant, with no transaction open.
    """
    with transaction():
        claimed = _claim(_running(host))
    if claimed is None:
        return False
    try:
        if claimed.attempts > MOST_ATTEMPTS:
            _bury(claimed, CUT_OFF)
        else:
            _try(host, claimed)
    finally:
        db.session.remove()
    return True


def _claim(running: Collection[str]) -> _Claimed | None:
    """Count an attempt at the delivery that is due longest and that nobody is at."""
    nearest = (
        select(_delivery.c.id)
        .where(*_due(), _delivery.c.plugin.in_(running))
        .order_by(_delivery.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = (
        db.session.connection()
        .execute(
            update(_delivery)
            .where(
                _delivery.c.tenant_id == tenancy.required(),
                _delivery.c.id == nearest.scalar_subquery(),
            )
            .values(attempts=_delivery.c.attempts + 1, due_at=now() + LEASE)
            .returning(
                _delivery.c.id,
                _delivery.c.event_id,
                _delivery.c.plugin,
                _delivery.c.subscriber,
                _delivery.c.attempts,
            )
        )
        .one_or_none()
    )
    return None if row is None else _Claimed(*row)


def _try(host: PluginHost, claimed: _Claimed) -> None:
    plugin = host.plugins[claimed.plugin]
    try:
        with transaction():
            if _mark(claimed, state="done", finished_at=now(), error=None):
                _handle(host, plugin, claimed)
    except Exception as error:  # noqa: BLE001 - told and recorded
        trace = storable("".join(traceback.format_exception(error)))
        log.warning("plugin %s failed to hear an event\n%s", claimed.plugin, trace)
        _fail(claimed, error, trace)


def _handle(host: PluginHost, plugin: Installed, claimed: _Claimed) -> None:
    if claimed.subscription == LATER:
        relay_late(host, plugin.id, claimed.event_id)
        return
    wish = _subscription(plugin, claimed.subscription)
    heard = _heard(plugin.id, claimed.event_id)
    with at_work(plugin):
        wish.handle(heard)


def _heard(plugin: str, event_id: UUID) -> Heard:
    event, place = db.session.execute(
        select(EventOutbox, Place)
        .join(Place, Place.id == EventOutbox.place_id)
        .where(EventOutbox.id == event_id)
    ).one()
    return Heard(
        event.id, event.name, event.occurred_at, place.view, event.payload, Actor.system(plugin)
    )


def _subscription(plugin: Installed, name: str) -> Subscription:
    wishes = plugin.contribution.subscriptions if plugin.contribution else ()
    for wish in wishes:
        if wish.name == name:
            return wish
    raise LookupError(f"{plugin.id} has no subscription {name!r} any more")


def _fail(claimed: _Claimed, error: Exception, trace: str) -> None:
    reason = traceback.format_exception_only(error)[-1].partition("\n")[0].strip()
    text = f"{storable(reason)}\n{trace}"[:LONGEST_ERROR]
    if claimed.attempts >= MOST_ATTEMPTS:
        _bury(claimed, text, error)
        return
    with transaction():
        _mark(claimed, error=text, due_at=now() + pause_after(claimed.attempts))
        _record_refusal(error)


def _bury(claimed: _Claimed, reason: str, error: Exception | None = None) -> None:
    with transaction():
        _mark(claimed, state="dead", finished_at=now(), error=reason)
        _record_refusal(error)


def _record_refusal(error: Exception | None) -> None:
    if isinstance(error, LinliError):
        write_refusals(error)


def _mark(claimed: _Claimed, **values: object) -> bool:
    """Change the delivery, unless somebody else took it over meanwhile; say whether it was ours."""
    changed = db.session.connection().execute(
        update(_delivery)
        .where(
            _delivery.c.tenant_id == tenancy.required(),
            _delivery.c.id == claimed.id,
            _delivery.c.state == "waiting",
            _delivery.c.attempts == claimed.attempts,
        )
        .values(**values)
    )
    return changed.rowcount == 1


def _running(host: PluginHost) -> list[str]:
    return [plugin.id for plugin in host.ready()]


def _due() -> tuple[Any, ...]:
    return (
        _delivery.c.tenant_id == tenancy.required(),
        _delivery.c.state == "waiting",
        _delivery.c.due_at <= now(),
    )
