"""What happened to hooks in a unit of work; written when it is over, whatever became of it."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from flask import Flask, g

from core import tenancy
from core.db import db, transaction
from core.plugin_host.health import service
from core.texts import storable

LONGEST_ERROR = 300
LONGEST_TRACEBACK = 8000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """One call of a hook that failed: whose, where, and why."""

    tenant: int
    place_id: UUID
    plugin: str
    hook: str
    error: str
    traceback: str

    @classmethod
    def of(cls, place_id: UUID, plugin: str, hook: str, error: BaseException) -> Self:
        whole = "".join(traceback.format_exception(error))
        line = f"{type(error).__name__}: {_words(error)}".splitlines()[0]
        return cls(
            tenancy.required(),
            place_id,
            plugin,
            hook,
            storable(line)[:LONGEST_ERROR],
            storable(whole)[-LONGEST_TRACEBACK:],
        )


@dataclass(frozen=True)
class Recovery:
    """A hook that was set aside, was tried again, and did not fail."""

    tenant: int
    place_id: UUID
    plugin: str
    hook: str


def install(app: Flask) -> None:
    """Write what was noted at the end of every request, command and job of ``app``."""
    app.teardown_appcontext(_write_noted)


def note(outcome: Failure | Recovery) -> None:
    """Keep ``outcome`` until the transaction under way is over."""
    g.setdefault("plugin_outcomes", []).append(outcome)


def _write_noted(_error: BaseException | None) -> None:
    """A failure to write harms nothing but the count."""
    noted: list[Failure | Recovery] = g.pop("plugin_outcomes", [])
    if not noted:
        return
    try:
        db.session.rollback()
        for tenant in sorted({outcome.tenant for outcome in noted}):
            with tenancy.enter(tenant), transaction():
                _write([outcome for outcome in noted if outcome.tenant == tenant])
    except Exception:
        log.exception("failures of plugins could not be written")


def _write(noted: list[Failure | Recovery]) -> None:
    """Rows are taken in one order, so that two processes never wait for each other."""
    for outcome in sorted(noted, key=lambda o: (o.place_id, o.plugin, o.hook)):
        key = (outcome.place_id, outcome.plugin, outcome.hook)
        if isinstance(outcome, Failure):
            service.record(*key, outcome.error, outcome.traceback)
        else:
            service.recover(*key)


def _words(error: BaseException) -> str:
    """What an error says; a plugin's own may fail even at that."""
    try:
        return str(error).strip()
    except Exception:  # noqa: BLE001 - whatever it is, the failure itself is told
        return "it cannot say what it is"
