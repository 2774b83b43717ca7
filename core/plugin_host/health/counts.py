"""How often hooks are called, how often they fail, how long they take; per place and day.

A call only appends to a list of this process. What was gathered goes to Valkey every few seconds,
at the end of a request. The figures are for looking at: losing some harms nobody.
"""

from __future__ import annotations

import logging
import os
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

from flask import Flask, current_app
from redis import Redis
from redis.exceptions import RedisError

from core import tenancy
from core.clock import local, now

FLUSH_SECONDS = 5.0
AWAY_SECONDS = 60.0
TIMEOUT_SECONDS = 0.2
KEPT_SECONDS = 2 * 24 * 3600
MANY = 500
MOST_PENDING = 2_000
"""What is kept costs every garbage collection; a busy process brings it away before time."""

_EXTENSION = "linli.hook_counts"
log = logging.getLogger(__name__)

pending: deque[tuple[Any, ...]] = deque(maxlen=MOST_PENDING)
"""Calls of hooks: tenant, place's id, hook, implementations, the moments between them in seconds,
and the ids of plugins that failed."""

os.register_at_fork(after_in_child=pending.clear)


@dataclass(frozen=True)
class Count:
    """One hook of one plugin at one place, today: calls, errors, milliseconds."""

    place_id: UUID
    plugin: str
    hook: str
    calls: int
    errors: int
    mean: float
    slowest: float


def install(app: Flask) -> None:
    """Bring what was gathered to Valkey, every few seconds, at the end of a request."""
    app.extensions[_EXTENSION] = _Shelf(str(app.extensions["linli.valkey"]))
    app.teardown_appcontext(lambda _error: _shelf().flush_when_due())


def flush() -> None:
    """Bring what this process gathered to Valkey now."""
    _shelf().flush()


def of_place(plugin: str, place_id: UUID, hooks: Iterable[str]) -> list[Count]:
    """Return today's figures of a plugin at a place of the entered tenant; none without Valkey."""
    fields = [f"{place_id}/{plugin}/{hook}" for hook in hooks]
    return _shelf().read(tenancy.required(), fields)


def of_tenant() -> list[Count]:
    """Return today's figures of every plugin at every place of the entered tenant."""
    return _shelf().read(tenancy.required(), None)


class _Shelf:
    """The figures in Valkey: for each tenant and day a hash of sums, and one of the slowest."""

    def __init__(self, url: str) -> None:
        self._valkey: Any = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
        )
        self._due = 0.0
        self._away = False
        self._lock = Lock()

    def flush_when_due(self) -> None:
        if pending and (monotonic() >= self._due or (len(pending) > MANY and not self._away)):
            self.flush()

    def flush(self) -> None:
        """Without Valkey the figures are dropped, and for a while it is not asked again."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._due = monotonic() + FLUSH_SECONDS
            self._send(_drain())
            self._away = False
        except RedisError as error:
            self._due, self._away = monotonic() + AWAY_SECONDS, True
            log.warning("counts of hooks were dropped: %s", error)
        finally:
            self._lock.release()

    def read(self, tenant: int, fields: list[str] | None) -> list[Count]:
        self.flush()
        key = _key(tenant)
        try:
            if fields is None:
                sums = self._valkey.hgetall(key)
                slowest = dict(self._valkey.zrange(f"{key}/slowest", 0, -1, withscores=True))
                fields = sorted({field.rpartition("/")[0] for field in sums})
            else:
                names = [f"{field}/{what}" for field in fields for what in _SUMS]
                sums = dict(zip(names, self._valkey.hmget(key, names), strict=True))
                found = self._valkey.zmscore(f"{key}/slowest", fields)
                slowest = dict(zip(fields, found, strict=True))
        except RedisError as error:
            log.warning("counts of hooks cannot be read: %s", error)
            return []
        return [_count(field, sums, slowest) for field in fields if sums.get(f"{field}/calls")]

    def _send(self, calls: list[tuple[Any, ...]]) -> None:
        if not calls:
            return
        sums, slowest = _summed(calls)
        with self._valkey.pipeline(transaction=False) as pipe:
            for (tenant, field, what), number in sums.items():
                pipe.hincrby(_key(tenant), f"{field}/{what}", number)
            for (tenant, field), took in slowest.items():
                pipe.zadd(f"{_key(tenant)}/slowest", {field: took}, gt=True)
            for tenant in {tenant for tenant, _field in slowest}:
                pipe.expire(_key(tenant), KEPT_SECONDS)
                pipe.expire(f"{_key(tenant)}/slowest", KEPT_SECONDS)
            pipe.execute()


_SUMS = ("calls", "errors", "microseconds")


def _shelf() -> _Shelf:
    shelf: _Shelf = current_app.extensions[_EXTENSION]
    return shelf


def _key(tenant: int) -> str:
    return f"linli/hooks/{tenant}/{local(now()):%Y-%m-%d}"


def _drain() -> list[tuple[Any, ...]]:
    """Other threads go on appending; what they add meanwhile waits for the next time."""
    return [pending.popleft() for _ in range(len(pending))]


def _summed(
    calls: Iterable[tuple[Any, ...]],
) -> tuple[Counter[tuple[int, str, str]], dict[tuple[int, str], int]]:
    sums: Counter[tuple[int, str, str]] = Counter()
    slowest: dict[tuple[int, str], int] = {}
    for tenant, place_id, hook, ready, marks, failed in calls:
        for number, (plugin, *_rest) in enumerate(ready):
            took = round((marks[number + 1] - marks[number]) * 1e6)
            field = f"{place_id}/{plugin}/{hook}"
            sums[tenant, field, "calls"] += 1
            sums[tenant, field, "errors"] += plugin in failed
            sums[tenant, field, "microseconds"] += took
            slowest[tenant, field] = max(took, slowest.get((tenant, field), 0))
    return sums, slowest


def _count(field: str, sums: dict[str, Any], slowest: dict[str, Any]) -> Count:
    place_id, plugin, hook = field.split("/")
    calls, errors, took = (int(sums.get(f"{field}/{what}") or 0) for what in _SUMS)
    return Count(
        UUID(place_id),
        plugin,
        hook,
        calls,
        errors,
        took / calls / 1000,
        (slowest.get(field) or 0) / 1000,
    )
