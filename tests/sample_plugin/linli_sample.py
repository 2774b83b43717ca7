"""Plugins for tests of events and jobs. What they do can be counted in the audit log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text

from core.audit.models import AuditEntry
from core.sdk import (
    Actor,
    Conflict,
    Event,
    Heard,
    JobContext,
    JobType,
    Manifest,
    Place,
    PlaceView,
    Progress,
    Subscription,
    attempt,
    db,
    hookimpl,
    tenant_id,
)


@dataclass(frozen=True)
class Happened(Event):
    """Something happened."""

    name = "sample.happened"
    number: int
    id: UUID | None = None
    at: datetime | None = None
    more: Any = None


@dataclass(frozen=True)
class Foreign(Event):
    """Nobody contributed this."""

    name = "sample.foreign"


def mark(actor: Actor, action: str, place: PlaceView, number: int) -> None:
    """Do something that can be counted."""
    with attempt(actor, action, object_type="sample.item", object_id=number, place_code=place.code):
        db.session.flush()


def marked(action: str, place: PlaceView) -> list[int]:
    """What was done at a place, in order."""
    numbers = db.session.execute(
        select(AuditEntry.object_id).filter_by(action=action, place_code=place.code, outcome="done")
    ).scalars()
    return sorted(int(number) for number in numbers)


HOOKS: list[Callable[[], object]] = []
"""Called in the next steps of the job, one in each."""


def spoil(how: str, place: PlaceView) -> None:
    """Break a rule of core's."""
    if how == "error":
        raise ZeroDivisionError("divided by nothing")
    if how == "refusal":
        with attempt(
            Actor.system("sample"),
            "sample.item.mark",
            object_type="sample.item",
            object_id=2,
            place_code=place.code,
        ):
            raise Conflict("已经满了。")
    if how == "sql":
        db.session.execute(text("SELECT 1 / 0"))
    if how == "swallow":
        try:
            db.session.execute(text("SELECT 1 / 0"))
        except Exception:  # noqa: BLE001
            return
    if how == "commit":
        db.session.commit()
    if how == "rollback":
        db.session.rollback()
    if how == "unaudited":
        db.session.get_one(Place, (tenant_id(), place.id)).name = "改了"


@dataclass
class Plugin:
    """A plugin with one of everything."""

    id: str
    requires: tuple[str, ...] = ()
    levels: tuple[Any, ...] = ("community",)
    job_levels: tuple[str, ...] | None = None
    spoilt: list[Any] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.manifest = Manifest(
            id=self.id,
            name=f"名 {self.id}",
            summary="简介",
            levels=self.levels,
            requires=self.requires,
        )

    @hookimpl
    def linli_events(self) -> Sequence[type[Event]]:
        return (Happened,) if self.id == "sample" else ()

    @hookimpl
    def linli_actions(self) -> Mapping[str, Any]:
        return {f"{self.id}.item.hear": "Heard", f"{self.id}.item.mark": "Marked"}

    @hookimpl
    def linli_subscriptions(self) -> Sequence[Subscription]:
        return (
            Subscription("count", "sample.happened", self.hear),
            Subscription("deaf", "sample.never", self.hear),
        )

    @hookimpl
    def linli_jobs(self) -> Sequence[JobType]:
        return (
            JobType(
                f"{self.id}.items.mark", "逐项标记", self.mark_items, result={"marked": "标记数"}
            ),
            JobType(f"{self.id}.day.close", "每日结算", self.close_day, "day", self.job_levels),
            JobType(f"{self.id}.list.give", "没有步骤", self.give_list),
        )

    def hear(self, heard: Heard) -> None:
        self.heard.append(heard)
        if heard.data["more"] != "silently":
            mark(heard.actor, f"{self.id}.item.hear", heard.place, heard.data["number"])
        if self.spoilt:
            how = self.spoilt.pop(0)
            if callable(how):
                how()
            else:
                spoil(how, heard.place)

    def mark_items(self, ctx: JobContext) -> Iterator[Progress]:
        action = f"{self.id}.item.mark"
        total = ctx.arguments["count"]
        there = set(marked(action, ctx.place))
        for number in range(total):
            if number in there:
                continue
            mark(ctx.actor, action, ctx.place, number)
            time.sleep(ctx.arguments.get("seconds", 0))
            if HOOKS:
                HOOKS.pop(0)()
            if number == ctx.arguments.get("at"):
                spoil(ctx.arguments["how"], ctx.place)
            yield Progress(number + 1, total, f"第 {number} 项")
        return {"marked": total, "attempt": ctx.attempt}

    def close_day(self, ctx: JobContext) -> Iterator[Progress]:
        mark(ctx.actor, f"{self.id}.item.mark", ctx.place, 0)
        yield Progress(1, 1)

    def give_list(self, ctx: JobContext) -> Iterator[Progress]:
        return []  # type: ignore[return-value]


sample = Plugin("sample")
neighbour = Plugin("neighbour", requires=("sample",), levels=("community", "street"))
officer = Plugin("officer", levels=("street", "district"), job_levels=("street",))
