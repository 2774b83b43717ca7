"""Recording what was done and what was refused.

Every verb of a service runs in an :func:`attempt`. When it succeeds, the entry is written in the
same transaction. When it is refused, the entry rides on the error and is written after the
rollback, in a transaction of its own, by whoever opened the unit of work.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from core.accounts.actor import Actor
from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.errors import LinliError
from core.ids import new_id

request_id: ContextVar[str | None] = ContextVar("linli_request_id", default=None)

SALT = 16
_CHANGED, _RECORDED, _BEFORE = "linli.changed", "linli.recorded", "linli.before"


class UnauditedChange(RuntimeError):
    """A transaction changed a tenant's data and recorded nothing. It is not committed."""


@dataclass
class Attempt:
    """An act under way. Set ``before`` and ``after`` (JSON values without personal data)."""

    actor: Actor
    action: str
    object_type: str
    object_id: str
    place_code: str
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None

    def write(self, outcome: str, reason: str | None = None) -> None:
        """Add the entry and its payload to the session."""
        salt, entry_id = secrets.token_bytes(SALT), new_id()
        entry = AuditEntry(
            id=entry_id,
            actor_id=self.actor.id,
            actor_name=self.actor.name,
            action=self.action,
            object_type=self.object_type,
            object_id=self.object_id,
            place_code=self.place_code,
            outcome=outcome,
            reason=reason,
            request_id=request_id.get(),
            payload_digest=payload_digest(salt, self.before, self.after),
        )
        db.session.add(entry)
        db.session.flush()
        db.session.add(
            AuditPayload(entry_id=entry_id, salt=salt, before=self.before, after=self.after)
        )


@contextmanager
def attempt(
    actor: Actor,
    action: str,
    *,
    object_type: str,
    object_id: object,
    place_code: str,
) -> Iterator[Attempt]:
    """Do something that is recorded, whether it succeeds or is refused.

    Args:
        action: ``plugin.noun.verb``, as in permissions.
        object_type: the kind of thing acted on.
        object_id: its id, as it will be looked for.
        place_code: the place it belongs to.
    """
    act = Attempt(actor, action, object_type, str(object_id), place_code)
    try:
        yield act
    except LinliError as error:
        refused_by(error).append(act)
        raise
    act.write("done")


def refused_by(error: LinliError) -> list[Attempt]:
    """Return the attempts that ``error`` ended, to be written after the rollback."""
    attempts: list[Attempt] = error.__dict__.setdefault("attempts", [])
    return attempts


def write_refusals(error: LinliError) -> None:
    """Write what ``error`` refused; the caller opened a fresh transaction for it."""
    for act in refused_by(error):
        act.after = None
        act.write("refused", error.code)


def payload_digest(
    salt: bytes, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> bytes:
    """Return the salted SHA-256 of a payload in canonical JSON."""
    body = json.dumps([before, after], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(salt + body.encode()).digest()


@event.listens_for(db.session, "after_flush")
def _note_changes(session: Session, _context: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, AuditEntry):
            session.info[_RECORDED] = True
        else:
            session.info[_CHANGED] = True


@event.listens_for(db.session, "do_orm_execute")
def _note_bulk_changes(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        state.session.info[_CHANGED] = True


@event.listens_for(db.session, "before_commit")
def _refuse_unaudited(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    if session.info.get(_CHANGED) and not session.info.get(_RECORDED):
        raise UnauditedChange("Data was changed without an audit entry: use audit.attempt().")


@event.listens_for(db.session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        notes = {note: session.info.get(note) for note in (_CHANGED, _RECORDED)}
        session.info.setdefault(_BEFORE, {})[transaction] = notes


@event.listens_for(db.session, "after_soft_rollback")
def _take_back(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back to a savepoint was neither changed nor recorded."""
    session.info.update(session.info.get(_BEFORE, {}).get(transaction, {}))


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        for note in (_CHANGED, _RECORDED, _BEFORE):
            session.info.pop(note, None)
