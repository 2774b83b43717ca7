"""The relay: works out who hears an event, by the state at the time it happened.

Several may run at once. No order is promised, neither between events nor between subscribers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, insert, or_, select, update

from core import tenancy
from core.clock import now
from core.db import db
from core.events.models import EventDelivery, EventOutbox
from core.ids import new_id
from core.places.codes import OFFICIAL, Kind, kind_of
from core.places.models import Place
from core.plugin_host.activation import Switches
from core.plugin_host.host import PluginHost
from core.plugin_host.models import PluginEnablement, PluginPolicy

BATCH = 200
LATER = "*"
"""Subscription of a plugin that cannot run now: what it wishes to hear is asked when it can."""

_COMMUNITY_DIGITS = max(OFFICIAL)


@dataclass(frozen=True)
class _Told:
    """A told event, and the place whose switches decide who hears it."""

    id: UUID
    name: str
    occurred_at: datetime
    switch_code: str

    @property
    def kind(self) -> Kind:
        return kind_of(self.switch_code)


def relay_batch(host: PluginHost) -> int:
    """Make the deliveries of a batch of waiting events; the caller commits. Return how many events.

    Below a community it is the community's switches that count.
    """
    told = _told(
        _TOLD.where(EventOutbox.state == "waiting")
        .order_by(EventOutbox.occurred_at)
        .limit(BATCH)
        .with_for_update(of=EventOutbox, skip_locked=True)
    )
    if not told:
        return 0
    _deliver(_hearers(host, told))
    outbox = EventOutbox.__table__
    db.session.connection().execute(
        update(outbox)  # type: ignore[arg-type]
        .where(
            outbox.c.tenant_id == tenancy.required(), outbox.c.id.in_([event.id for event in told])
        )
        .values(state="relayed")
    )
    return len(told)


def relay_late(host: PluginHost, plugin: str, event_id: UUID) -> None:
    """Make the deliveries of one event for a plugin that runs again; the caller commits."""
    told = _told(_TOLD.where(EventOutbox.id == event_id))
    _deliver(hearer for hearer in _hearers(host, told) if hearer.plugin == plugin)


_TOLD = select(EventOutbox.id, EventOutbox.name, EventOutbox.occurred_at, Place.code).join(
    Place, Place.id == EventOutbox.place_id
)


@dataclass(frozen=True)
class _Hearer:
    event: UUID
    plugin: str
    subscription: str


class _History:
    """Who had switched on what, and what the district said, when each event happened."""

    def __init__(self, told: Sequence[_Told]) -> None:
        codes = {event.switch_code for event in told}
        earliest = min(event.occurred_at for event in told)
        self._policies: list[tuple[str, str, datetime, datetime | None]] = [
            (plugin, policy, begins, ends)
            for plugin, policy, begins, ends in db.session.execute(
                select(
                    PluginPolicy.plugin,
                    PluginPolicy.policy,
                    PluginPolicy.changed_at,
                    PluginPolicy.ended_at,
                ).where(or_(PluginPolicy.ended_at.is_(None), PluginPolicy.ended_at > earliest))
            )
        ]
        self._spans: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
        for code, plugin, begins, ends in db.session.execute(
            select(
                Place.code,
                PluginEnablement.plugin,
                PluginEnablement.enabled_at,
                PluginEnablement.disabled_at,
            )
            .join(PluginEnablement, PluginEnablement.place_id == Place.id)
            .where(
                Place.code.in_(codes),
                or_(
                    PluginEnablement.disabled_at.is_(None),
                    PluginEnablement.disabled_at > earliest,
                ),
            )
        ):
            self._spans.setdefault(code, []).append((plugin, begins, ends))

    def at(self, event: _Told) -> Switches:
        return Switches(
            frozenset(
                plugin
                for plugin, begins, ends in self._spans.get(event.switch_code, ())
                if _holds(begins, ends, event.occurred_at)
            ),
            {
                plugin: word
                for plugin, word, begins, ends in self._policies
                if _holds(begins, ends, event.occurred_at)
            },
        )


def _holds(begins: datetime, ends: datetime | None, at: datetime) -> bool:
    return begins <= at and (ends is None or at < ends)


def _told(statement: Select[UUID, str, datetime, str]) -> list[_Told]:
    rows = db.session.execute(statement)
    return [_Told(id_, name, at, code[:_COMMUNITY_DIGITS]) for id_, name, at, code in rows]


def _hearers(host: PluginHost, told: Sequence[_Told]) -> Iterator[_Hearer]:
    state = _History(told)
    for event in told:
        switches = state.at(event)
        active = host.active(event.kind, switches)
        for id_, plugin in host.plugins.items():
            if id_ in active and plugin.contribution is not None:
                for wish in plugin.contribution.subscriptions:
                    if wish.event == event.name:
                        yield _Hearer(event.id, id_, wish.name)
            elif not plugin.ready and _may_hear(id_, event.kind, switches):
                yield _Hearer(event.id, id_, LATER)


def _may_hear(plugin: str, kind: Kind, switches: Switches) -> bool:
    policy = switches.policy(plugin)
    if policy == "forbidden":
        return False
    return kind != "community" or policy == "mandatory" or plugin in switches.enabled


def _deliver(hearers: Iterable[_Hearer]) -> None:
    common = {
        "tenant_id": tenancy.required(),
        "state": "waiting",
        "attempts": 0,
        "due_at": now(),
    }
    rows = [
        {
            **common,
            "id": new_id(),
            "event_id": hearer.event,
            "plugin": hearer.plugin,
            "subscriber": f"{hearer.plugin}/{hearer.subscription}",
        }
        for hearer in hearers
    ]
    if rows:
        db.session.connection().execute(
            insert(EventDelivery.__table__),  # type: ignore[arg-type]
            rows,
        )
