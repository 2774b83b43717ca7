"""The database: one session, one transaction per unit of work, the tenant in every statement."""

from __future__ import annotations

import select
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
from flask import has_app_context
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ClauseElement,
    Connection,
    Engine,
    Insert,
    Integer,
    MetaData,
    bindparam,
    event,
    exc,
)
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, with_loader_criteria
from sqlalchemy.sql.util import find_tables

from core.tenancy import context
from core.tenancy.columns import NAMING, TenantOwned

Inserting = TypeVar("Inserting", bound=Insert)


class Base(DeclarativeBase):
    """Base of core's models. Plugins have a registry each, see ``core.sdk.models``."""

    metadata = MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base, session_options={"autoflush": True})


def listen(engine: Engine) -> None:
    """Teach ``engine`` to carry the tenant and to notice connections that died while idle."""
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkout", _refuse_dead_connection)


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: committed at the end, rolled back by any exception.

    Every command and job step works in one; a request is wrapped in one by core.
    """
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def of_tenant(statement: Inserting) -> Inserting:
    """Add ``tenant_id = …`` to everything mapped that an ``INSERT … SELECT`` reads.

    Other statements get it by themselves.
    """
    return statement.options(_OF_TENANT)


def _begin(connection: Connection) -> None:
    """Send ``BEGIN`` together with the tenant, in one round trip.

    psycopg would send BEGIN by itself before the first statement; here it finds the transaction
    open. Names that are private to psycopg are covered by tests/core/test_db.py.
    """
    raw: Any = connection.connection.dbapi_connection
    tenant = context.current()
    if raw is None or raw.autocommit:
        return
    if context.dispatching():
        setting = b"SET LOCAL ROLE linli_dispatch"
    elif tenant is not None:
        setting = b"SET LOCAL linli.tenant = '%d'" % int(tenant)
        if context.batching():
            setting += b"; SET LOCAL ROLE linli_batch"
    else:
        return
    send_together(connection, raw._get_tx_start_command() + b"; " + setting)


def send_together(connection: Connection, commands: bytes) -> None:
    """Send several commands without parameters in one round trip, beside what SQLAlchemy knows.

    Raises:
        OperationalError: one was refused; the connection is given up.
    """
    raw: Any = connection.connection.dbapi_connection
    try:
        raw.pgconn.send_query(commands)
        results = raw.wait(psycopg.generators.execute(raw.pgconn))
    except psycopg.Error as error:
        raise _given_up(connection, error) from error
    for result in results:
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise _given_up(connection, psycopg.OperationalError(result.get_error_message()))


def _given_up(connection: Connection, error: psycopg.Error) -> exc.OperationalError:
    """Drop a connection whose BEGIN, or whose way back from a savepoint, failed.

    It is closed too: SQLAlchemy, interrupted in its BEGIN, would reconnect and go on without one.
    """
    connection.invalidate(error)
    connection.close()
    return exc.OperationalError("BEGIN", None, error, connection_invalidated=True)


def _refuse_dead_connection(raw: Any, record: Any, proxy: Any) -> None:
    """Drop a pooled connection that the server closed, without a round trip.

    An idle connection has nothing to read unless the server said goodbye.
    """
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if poll.poll(0):
        raise exc.DisconnectionError("the server closed this connection")


@event.listens_for(db.session, "do_orm_execute")
def _name_tenant(state: ORMExecuteState) -> None:
    """Add ``tenant_id = …`` to every ORM statement, on top of row-level security.

    What is locked is read afresh, also where the session has it already: others may have changed
    it while the lock was waited for.
    """
    if state.is_column_load or context.dispatching():
        return
    if not (state.is_select or state.is_update or state.is_delete):
        return
    if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
        state.update_execution_options(populate_existing=True)
    if context.current() is None:
        statement = cast(ClauseElement, state.statement)
        tables = find_tables(statement, check_columns=True, include_crud=True)
        if any("tenant_id" in table.c for table in tables):
            context.required()
        return
    state.statement = state.statement.options(_OF_TENANT)


def _is_of_tenant(cls: Any) -> Any:
    return cls.tenant_id == _TENANT


_TENANT: Any = bindparam("linli_tenant", callable_=context.required, type_=Integer())
_OF_TENANT = with_loader_criteria(
    TenantOwned,
    _is_of_tenant,
    include_aliases=True,
    propagate_to_loaders=True,
    track_closure_variables=False,
)
"""Made once, since making it costs as much as a short query; the tenant is read at execution."""


def _transaction_is_open() -> bool:
    return has_app_context() and db.session.registry.has() and db.session().in_transaction()


context.watch_transactions(_transaction_is_open)
