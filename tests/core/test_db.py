"""The database: the tenant goes in with BEGIN, and work is committed whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask
from psycopg.pq import Trace
from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    delete,
    exc,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import (
    Session,
)

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.models import OneTimeLink, RoleGrant, UserAccount
from core.audit import UnauditedChange, attempt
from core.audit.models import AuditEntry
from core.db import db, listen, transaction
from core.servers import Addresses
from core.testing.statements import recorded
from core.testing.world import District

TENANT = text("SELECT current_setting('linli.tenant', true)")
SLOW = 10_000


@pytest.fixture
def superuser(addresses: Addresses) -> Iterator[psycopg.Connection]:
    """A role that row-level security does not hold, to look behind it."""
    url = make_url(addresses.database_owner_url).set(drivername="postgresql", username="postgres")
    with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def engine(addresses: Addresses) -> Iterator[Engine]:
    """The application's engine with a pool of one, so that the next user gets the same."""
    made = create_engine(addresses.database_url, pool_size=1, max_overflow=0)
    listen(made)
    yield made
    made.dispose()


def sent(connection: Connection, work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the messages from (F) and to (B) the client while ``work`` ran, as libpq saw them."""
    pgconn = connection.connection.dbapi_connection.pgconn
    with tempfile.TemporaryFile("w+") as file:
        pgconn.trace(file.fileno())
        pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS | Trace.REGRESS_MODE)
        try:
            work()
        finally:
            pgconn.untrace()
        file.seek(0)
        rows = [line.rstrip("\n").split("\t", 3) for line in file]
    return [(row[0], row[2] + ("" if len(row) < 4 else row[3])) for row in rows]


def queries(messages: list[tuple[str, str]]) -> list[str]:
    return [body for side, body in messages if side == "F" and body.startswith("Query")]


def round_trips(messages: list[tuple[str, str]]) -> int:
    return sum(side == "B" and body.startswith("ReadyForQuery") for side, body in messages)


def backend(connection: Connection) -> int:
    raw: Any = connection.connection.dbapi_connection
    return int(raw.pgconn.backend_pid)


def terminate(superuser: psycopg.Connection, *pids: int) -> None:
    for pid in pids:
        row = superuser.execute("SELECT pg_terminate_backend(%s, %s)", [pid, SLOW]).fetchone()
        assert row == (True,)


class TestBegin:
    """``SET LOCAL`` travels with ``BEGIN``."""

    def test_both_go_in_one_message_and_take_one_round_trip(self, engine: Engine) -> None:
        with tenancy.enter(510114), engine.connect() as connection:
            messages = sent(connection, connection.begin)

            assert queries(messages) == ["Query \"BEGIN; SET LOCAL linli.tenant = '510114'\""]
            assert round_trips(messages) == 1
            assert connection.execute(TENANT).scalar_one() == "510114"

    def test_a_transaction_with_a_tenant_costs_no_more_than_one_without(
        self, engine: Engine
    ) -> None:
        def work() -> None:
            with connection.begin():
                connection.execute(text("SELECT 1"))

        with engine.connect() as connection:
            without = round_trips(sent(connection, work))
            with tenancy.enter(510114):
                assert round_trips(sent(connection, work)) == without == 3

    def test_it_is_no_statement_of_its_own(self, engine: Engine) -> None:
        with recorded(engine) as seen, tenancy.enter(7), engine.begin() as connection:
            connection.execute(TENANT)

        assert seen == [TENANT.text]

    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_the_next_user_of_the_connection_has_no_tenant(self, engine: Engine, end: str) -> None:
        with tenancy.enter(510114), engine.connect() as first:
            assert first.execute(TENANT).scalar_one() == "510114"
            pid = backend(first)
            getattr(first, end)()

        with engine.connect() as second:
            assert backend(second) == pid
            assert second.execute(TENANT).scalar_one() == ""
            assert second.execute(text("SELECT count(*) FROM place")).scalar_one() == 0
        with tenancy.enter(120101), engine.connect() as third:
            assert backend(third) == pid
            assert third.execute(TENANT).scalar_one() == "120101"

    def test_work_that_was_cut_off_leaves_no_tenant_behind(self, engine: Engine) -> None:
        with engine.connect() as first:
            pid = backend(first)

        with tenancy.enter(510114), pytest.raises(exc.DataError), engine.begin() as second:
            second.execute(text("SELECT 1 / 0"))

        with engine.connect() as third:
            assert (backend(third), third.execute(TENANT).scalar_one()) == (pid, "")

    def test_it_holds_in_savepoints_and_after_their_rollback(self, engine: Engine) -> None:
        with tenancy.enter(510114), engine.begin() as connection:
            savepoint = connection.begin_nested()
            assert connection.execute(TENANT).scalar_one() == "510114"
            with pytest.raises(exc.DataError):
                connection.execute(text("SELECT 1 / 0"))
            savepoint.rollback()
            assert connection.execute(TENANT).scalar_one() == "510114"

    def test_it_keeps_the_isolation_that_was_asked_for(self, engine: Engine) -> None:
        level = text("SELECT current_setting('transaction_isolation')")
        with tenancy.enter(510114), engine.connect() as connection:
            connection.execution_options(isolation_level="REPEATABLE READ")
            assert connection.execute(level).scalar_one() == "repeatable read"
            assert connection.execute(TENANT).scalar_one() == "510114"

    def test_without_a_transaction_there_is_no_tenant_and_so_no_row(
        self, engine: Engine, district: District
    ) -> None:
        with tenancy.enter(district.tenant), engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            assert connection.execute(TENANT).scalar_one() in (None, "")
            assert connection.execute(text("SELECT count(*) FROM place")).scalar_one() == 0

    def test_the_dispatch_role_lasts_as_long_as_its_transaction(self, engine: Engine) -> None:
        role = text("SELECT current_user")
        with tenancy.dispatch(), engine.begin() as connection:
            assert connection.execute(role).scalar_one() == "linli_dispatch"
        with engine.begin() as connection:
            assert connection.execute(role).scalar_one() == "linli_app"

    def test_a_refused_begin_is_an_operational_error_and_drops_the_connection(
        self, addresses: Addresses, superuser: psycopg.Connection
    ) -> None:
        owner = create_engine(addresses.database_owner_url, pool_size=1, max_overflow=0)
        listen(owner)
        with owner.connect() as connection:
            pid = backend(connection)

        with (
            tenancy.dispatch(),
            owner.connect() as connection,
            pytest.raises(exc.OperationalError, match='permission denied to set role "linli_disp'),
        ):
            connection.begin()

        with owner.connect() as connection:
            assert backend(connection) != pid
            assert connection.execute(text("SELECT current_user")).scalar_one() == "linli_owner"
        alive = superuser.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
        assert alive.fetchone() == (0,)
        owner.dispose()

    def test_a_connection_lost_between_transactions_is_an_operational_error(
        self, engine: Engine, superuser: psycopg.Connection
    ) -> None:
        with tenancy.enter(510114), engine.connect() as connection:
            connection.execute(TENANT)
            connection.rollback()
            terminate(superuser, backend(connection))

            with pytest.raises(exc.OperationalError) as failed:
                connection.execute(TENANT)
            assert failed.value.connection_invalidated is True
            assert connection.closed

        with tenancy.enter(510114), engine.connect() as connection:
            assert connection.execute(TENANT).scalar_one() == "510114"

    def test_connections_that_the_server_closed_are_replaced_without_an_error(
        self, addresses: Addresses, superuser: psycopg.Connection
    ) -> None:
        engine = create_engine(addresses.database_url, pool_size=4, max_overflow=0)
        listen(engine)
        idle = [engine.connect() for _ in range(4)]
        before = {backend(connection) for connection in idle}
        for connection in idle:
            connection.close()
        terminate(superuser, *before)

        with tenancy.enter(510114):
            again = [engine.connect() for _ in range(4)]
            tenants = [connection.execute(TENANT).scalar_one() for connection in again]

        assert tenants == ["510114"] * 4
        assert before.isdisjoint({backend(connection) for connection in again})
        for connection in again:
            connection.close()
        engine.dispose()

    def test_a_living_connection_is_taken_from_the_pool_without_a_message(
        self, engine: Engine
    ) -> None:
        with engine.connect() as connection:
            pid = backend(connection)
            raw: Any = connection.connection.dbapi_connection
        with tempfile.TemporaryFile("w+") as file:
            raw.pgconn.trace(file.fileno())
            with engine.connect() as connection:
                assert backend(connection) == pid
            raw.pgconn.untrace()
            file.seek(0)
            assert file.read() == ""

    def test_the_private_names_of_psycopg_are_there(self) -> None:
        assert callable(psycopg.Connection._get_tx_start_command)
        assert callable(psycopg.generators.execute)
        assert callable(psycopg.Connection.wait)


def act(district: District) -> None:
    """Record something, so that what the test changes counts as audited."""
    with attempt(
        Actor.system("tests"),
        "core.test.change",
        object_type="test",
        object_id="1",
        place_code=district.code,
    ):
        pass


def names(district: District) -> list[str]:
    with district.entered():
        query = select(UserAccount.name).order_by(UserAccount.name)
        return list(db.session.execute(query).scalars())


def newcomer() -> UserAccount:
    return UserAccount(name="新人", login="newcomer")


def rename(session: Session) -> None:
    session.execute(select(UserAccount)).scalars().one().name = "改了"


def remove(session: Session) -> None:
    session.execute(delete(RoleGrant))
    session.execute(delete(OneTimeLink))
    session.delete(session.execute(select(UserAccount)).scalars().one())


Run = Callable[[Callable[[Session], object]], None]
CHANGES: dict[str, tuple[Callable[[Session], object], list[str]]] = {
    "add": (lambda s: s.add(newcomer()), ["区管理员", "新人"]),
    "change": (rename, ["改了"]),
    "delete": (remove, []),
    "bulk insert": (
        lambda s: s.execute(insert(UserAccount), [{"name": "新人", "login": "newcomer"}]),
        ["区管理员", "新人"],
    ),
    "bulk update": (lambda s: s.execute(update(UserAccount).values(name="改了")), ["改了"]),
    "bulk delete": (lambda s: s.execute(delete(UserAccount)), []),
}


class TestTransaction:
    """One unit of work is committed or rolled back, and never silently."""

    @pytest.fixture
    def run(self, app: Flask, district: District) -> Callable[[Callable[[Session], object]], None]:
        """Run something in one transaction of the district."""

        def run(work: Callable[[Session], object]) -> None:
            with app.app_context(), tenancy.enter(district.tenant):
                try:
                    with transaction() as session:
                        work(session)
                finally:
                    assert not db.session().in_transaction()
                    db.session.remove()

        return run

    def test_it_commits_at_the_end(self, run: Run, district: District) -> None:
        def work(session: Session) -> None:
            session.add(newcomer())
            act(district)

        run(work)

        assert names(district) == ["区管理员", "新人"]

    @pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
    def test_any_exception_rolls_back(
        self, run: Run, district: District, error: type[BaseException]
    ) -> None:
        def work(session: Session) -> None:
            session.add(newcomer())
            act(district)
            session.flush()
            raise error

        with pytest.raises(error):
            run(work)

        assert names(district) == ["区管理员"]

    def test_a_refused_commit_rolls_back(self, run: Run, district: District) -> None:
        def work(session: Session) -> None:
            act(district)
            session.add_all([newcomer(), newcomer()])

        with pytest.raises(exc.IntegrityError, match="user_account_login_key"):
            run(work)

        assert names(district) == ["区管理员"]

    @pytest.mark.parametrize("kind", CHANGES)
    def test_a_change_that_nobody_recorded_is_not_committed(
        self, run: Run, district: District, kind: str
    ) -> None:
        change, expected = CHANGES[kind]

        with pytest.raises(UnauditedChange):
            run(change)
        assert names(district) == ["区管理员"]

        def recorded_change(session: Session) -> None:
            change(session)
            act(district)

        run(recorded_change)
        assert names(district) == expected

    def test_a_record_of_the_last_transaction_does_not_cover_the_next(
        self, run: Run, district: District
    ) -> None:
        run(lambda _session: act(district))
        with pytest.raises(UnauditedChange):
            run(lambda session: session.add(newcomer()))
        run(lambda session: session.execute(select(UserAccount)))

        assert names(district) == ["区管理员"]

    def test_a_change_in_a_savepoint_needs_a_record_too(self, run: Run, district: District) -> None:
        def change(session: Session) -> None:
            with session.begin_nested():
                session.add(newcomer())

        def recorded_change(session: Session) -> None:
            change(session)
            act(district)

        with pytest.raises(UnauditedChange):
            run(change)
        assert names(district) == ["区管理员"]
        run(recorded_change)
        assert names(district) == ["区管理员", "新人"]

    def test_a_record_that_was_rolled_back_to_a_savepoint_covers_nothing(
        self, run: Run, district: District
    ) -> None:
        def work(session: Session) -> None:
            savepoint = session.begin_nested()
            act(district)
            session.flush()
            savepoint.rollback()
            session.add(newcomer())

        with pytest.raises(UnauditedChange):
            run(work)

        assert names(district) == ["区管理员"]

    def test_a_record_before_a_savepoint_outlives_its_rollback(
        self, run: Run, district: District
    ) -> None:
        def work(session: Session) -> None:
            act(district)
            savepoint = session.begin_nested()
            session.add(newcomer())
            session.flush()
            savepoint.rollback()
            session.add(newcomer())

        run(work)

        assert names(district) == ["区管理员", "新人"]

    def test_a_change_that_was_rolled_back_to_a_savepoint_needs_no_record(
        self, run: Run, district: District
    ) -> None:
        def work(session: Session) -> None:
            savepoint = session.begin_nested()
            session.add(newcomer())
            session.flush()
            savepoint.rollback()

        run(work)

        assert names(district) == ["区管理员"]

    def test_an_entry_is_written_with_the_act(self, app: Flask, district: District) -> None:
        with district.entered():
            before = db.session.execute(select(func.count(AuditEntry.id))).scalar_one()
        with district.entered():
            act(district)
        with district.entered():
            after = db.session.execute(select(func.count(AuditEntry.id))).scalar_one()
        assert after == before + 1
