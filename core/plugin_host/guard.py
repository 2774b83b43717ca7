"""What a hook may do to the database while it runs: read, for a moment, and nothing else.

Nothing is sent until a hook's first statement. That one is preceded, in one round trip, by a
savepoint that is read-only and has a time limit; the hook's end undoes it in one more.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction

from core.db import db, send_together

STATEMENT_MILLISECONDS = 500

_OPEN = (
    b"SAVEPOINT linli_slot; SET LOCAL statement_timeout = %d;"
    b" SET LOCAL transaction_read_only = on" % STATEMENT_MILLISECONDS
)
_SAVEPOINT = "linli_slot"
_UNDO = b"ROLLBACK TO SAVEPOINT linli_slot; RELEASE SAVEPOINT linli_slot"
_ENDS_TRANSACTION = re.compile(
    r"(?:\A|;)(?:\s|/\*.*?\*/|--[^\n]*\n)*"
    r"(?:COMMIT|END|ABORT|ROLLBACK(?!\s+(?:WORK\s+|TRANSACTION\s+)?TO\b)|PREPARE\s+TRANSACTION)\b",
    re.IGNORECASE | re.DOTALL,
)
_session_of = db.session.registry
_IN_TRANSACTION = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Offence(RuntimeError):
    """A hook did what hooks may not do."""


class Guard:
    """Watches over the session while hooks run, one after the other.

    It stands in :data:`running`, where the listeners below find it, until that is cleared.

    A hook left no trace, and nothing is to be undone, when the guard is not ``touched``,
    ``innermost`` is still the innermost transaction of ``session``, and the session is clean.
    Asking a method, or by the session's public names, would take a good part of what a hook may;
    each private name is covered by tests/core/plugin_host/test_slots.py.
    """

    touched = False
    _connection: Connection | None = None
    _offence = ""

    def __init__(self) -> None:
        if (outer := running.get()) is not None:
            outer.refuse("it made core call hooks while it was called as one")
        session: Session = _session_of()
        if session.identity_map._modified or session._new or session._deleted:
            session.flush()
        self.session = session
        self.innermost: SessionTransaction = session._transaction or session.begin()
        running.set(self)

    def undo(self) -> Offence | None:
        """Bring the session back to where the hook found it; return what was wrong, if anything.

        When the hook ended the transaction itself, a new one takes its place.
        """
        wrong = self._offence
        if self._is_lost():
            wrong = wrong or "it ended the transaction of core"
            self.session.rollback()
            self.session = _session_of()
            self.innermost = self.session._transaction or self.session.begin()
        else:
            for step in (self._close_savepoints, self._drop_changes, self._go_back):
                wrong = step() or wrong
        self._connection, self._offence, self.touched = None, "", False
        return Offence(wrong) if wrong else None

    def refuse(self, what: str) -> None:
        """Remember what the hook tried, in case it swallows the error, and raise.

        Raises:
            Offence: always.
        """
        self._offence, self.touched = what, True
        raise Offence(what)

    def before_statement(self, connection: Connection, statement: str) -> None:
        """Open the savepoint before the first statement of a hook.

        Raises:
            Offence: the hook ended the transaction, or is about to, or works beside it.
        """
        if self.innermost not in self._open_transactions():
            self.refuse("it ended the transaction of core")
        if connection is not self.session.connection():
            self.refuse("it used a connection of its own instead of db.session")
        if _ENDS_TRANSACTION.search(statement) or _SAVEPOINT in statement.lower():
            self.refuse("it tried to end the transaction of core")
        if self._connection is None:
            send_together(connection, _OPEN)
            self._connection, self.touched = connection, True

    def _open_transactions(self) -> list[SessionTransaction]:
        """The session's savepoints, the innermost first, and its transaction."""
        found = []
        transaction = self.session._transaction
        while transaction is not None:
            found.append(transaction)
            transaction = transaction.parent
        return found

    def _is_lost(self) -> bool:
        if self.innermost not in self._open_transactions():
            return True
        if self._connection is None:
            return False
        if not self._connection.in_transaction():
            return True
        raw: Any = self._connection.connection.dbapi_connection
        return raw.info.transaction_status not in _IN_TRANSACTION

    def _close_savepoints(self) -> str:
        found = ""
        while (inner := self.session._transaction) is not self.innermost:
            assert inner is not None
            inner.rollback()
            found = "it left a savepoint open"
        return found

    def _drop_changes(self) -> str:
        session = self.session
        if session._is_clean():
            return ""
        for row in session.new:
            session.expunge(row)
        for row in session.deleted:
            session.add(row)
        for row in session.dirty:
            session.expire(row)
        return "it tried to change data"

    def _go_back(self) -> str:
        if self._connection is None:
            return ""
        raw: Any = self._connection.connection.dbapi_connection
        failed = raw.info.transaction_status == TransactionStatus.INERROR
        send_together(self._connection, _UNDO)
        return "a statement failed and its error was swallowed" if failed else ""


running: ContextVar[Guard | None] = ContextVar("linli_guard", default=None)


def listen(engine: Engine) -> None:
    """Let guards see the statements and commits of ``engine``."""
    event.listen(engine, "before_cursor_execute", _before_statement)
    event.listen(engine, "commit", _before_commit)


def _before_statement(
    connection: Connection, _cursor: Any, statement: str, *_parameters: Any
) -> None:
    if (guard := running.get()) is not None:
        guard.before_statement(connection, statement)


def _before_commit(_connection: Connection) -> None:
    if (guard := running.get()) is not None:
        guard.refuse("it tried to commit")


def _refuse_change(state: ORMExecuteState) -> None:
    guard = running.get()
    if guard is not None and (state.is_insert or state.is_update or state.is_delete):
        guard.refuse("it tried to change data")


# First of all listeners: the audit log must not hear of a change that is refused.
event.listen(db.session, "do_orm_execute", _refuse_change, insert=True)


@event.listens_for(db.session, "before_flush")
def _refuse_flush(_session: Session, _context: object, _instances: object) -> None:
    if (guard := running.get()) is not None:
        guard.refuse("it tried to change data")


@event.listens_for(db.session, "before_commit")
def _refuse_commit(session: Session) -> None:
    if (guard := running.get()) is not None and not session.in_nested_transaction():
        guard.refuse("it tried to commit")
