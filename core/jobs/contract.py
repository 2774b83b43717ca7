"""Kinds of long work, and what a running job knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from core.accounts.actor import Actor
from core.places.view import PlaceView

Every = Literal["hour", "day", "week", "month"]


@dataclass(frozen=True)
class Progress:
    """How far a job is: ``done`` of ``total`` things, and a line for its log, if any.

    The line is kept as it is said, in the district's language, whoever reads it later.
    """

    done: int
    total: int
    log: Any = None


@dataclass(frozen=True)
class JobContext:
    """Handed to a running job.

    Args:
        actor: whoever asked for the job, with every right: what they may was looked at then. For a
            periodic job it is the system.
        arguments: as given to ``start_job``; of a periodic job ``{"period": "2026-11-22"}``, or
            such as ``2026-11-22T15``, ``2026-W47`` and ``2026-11``.
        attempt: counts from 1; above 1, an earlier run was cut off.
    """

    id: UUID
    place: PlaceView
    actor: Actor
    plugin: str
    arguments: Mapping[str, Any]
    attempt: int


Run = Callable[[JobContext], Iterator[Progress]]


@dataclass(frozen=True)
class JobType:
    """A kind of long work.

    Args:
        name: ``plugin.noun.verb``.
        label: what people see on the job's page.
        run: a generator that does one step and yields :class:`Progress`. Core commits after every
            yield, looks whether the job was cancelled, and goes on; what the generator returns (a
            mapping of JSON values) is the job's result. A killed job is run again from its start,
            so ``run`` looks for what is still to do. Steps of a fifth of a second to a few seconds
            are good ones: nobody else works at the job during a step, a request to cancel waits
            for its end, and a job that was cut off five times without a finished step has failed.
            A step that raises is undone; earlier ones stay. Changes are recorded with ``attempt``.
        every: with a period, core starts it once in each one at every place of ``levels`` where
            the plugin is active. Periods begin by the district's clock (Asia/Shanghai).
        levels: kinds of place at which core starts it every period; by default all of the plugin's.
        result: what people call the keys of the result, in the order of the job's page. A key
            without a name is not on the page; programs see all of them.
    """

    name: str
    label: Any
    run: Run
    every: Every | None = None
    levels: tuple[str, ...] | None = None
    result: Mapping[str, Any] = field(default_factory=dict)
