"""The database: the tenant goes in with BEGIN, no statement forgets it, work is whole or absent."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from psycopg.pq import Trace
from sqlalchemy import (
    Connection,
    Engine,
    and_,
    create_engine,
    delete,
    exc,
    exists,
    func,
    insert,
    inspect,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.engine import make_url
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    aliased,
    foreign,
    immediateload,
    joinedload,
    relationship,
    remote,
    selectinload,
    subqueryload,
)

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.models import OneTimeLink, RoleGrant, UserAccount
from core.accounts.service import create_user
from core.app import create_app
from core.audit import UnauditedChange, attempt
from core.audit.models import AuditEntry
from core.config import Config
from core.db import db, listen, transaction
from core.ids import new_id
from core.places.models import Place
from core.sdk import TenantScoped, new_metadata
from core.servers import Addresses
from core.tenancy import TenancyError
from core.tenancy.models import Tenant
from core.testing.statements import recorded
from core.testing.world import SYSTEM, District, onboard

TENANT = text("SELECT current_setting('linli.tenant', true)")
SLOW = 10_000


class Base(DeclarativeBase):
    """A registry of this test's own, onto tables that exist."""

    metadata = new_metadata()


class Node(TenantScoped, Base):
    """A place with relationships that would cross tenants, were the tenant not added."""

    __tablename__ = "place"

    code: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    parent_id: Mapped[UUID | None]
    peers: Mapped[list[Node]] = relationship(
        primaryjoin=lambda: foreign(remote(Node.kind)) == Node.kind,
        uselist=True,
        viewonly=True,
    )
    children: Mapped[list[Node]] = relationship(
        primaryjoin=lambda: and_(
            Node.tenant_id == remote(Node.tenant_id), Node.id == remote(foreign(Node.parent_id))
        ),
        viewonly=True,
        order_by=lambda: Node.code,
    )


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


@pytest.fixture(scope="module")
def unguarded(config: Config, addresses: Addresses) -> Iterator[Flask]:
    """The application as a superuser: row-level security is off, only the statements hold."""
    url = make_url(addresses.database_url).set(username="postgres")
    made = create_app(config, database_url=url.render_as_string(), valkey_url=addresses.valkey_url)
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def twins(app: Flask, unused_codes: Iterator[str]) -> tuple[District, District]:
    """Two districts with people of the same names."""
    both = tuple(onboard(app, next(unused_codes)) for _ in range(2))
    for one in both:
        with one.entered():
            for login in ("twin-a", "twin-b"):
                create_user(SYSTEM, one.place(one.code), name="王芳", login=login)
    return both  # type: ignore[return-value]


def sent(connection: Connection, work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the messages from (F) and to (B) the client while ``work`` ran, as libpq saw them."""
    pgconn = connection.connection.dbapi_connection.pgconn  # type: ignore[union-attr]
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


class TestEnter:
    """``enter`` is the only way in, and never in the middle."""

    def test_it_is_refused_while_a_transaction_is_open(self, app: Flask) -> None:
        with app.app_context(), tenancy.enter(1):
            db.session.execute(TENANT)
            with pytest.raises(TenancyError, match="A transaction is open"), tenancy.enter(2):
                pass
            assert tenancy.current() == 1
            with tenancy.enter(1):
                assert tenancy.required() == 1
            db.session.rollback()
            with tenancy.enter(2):
                assert db.session.execute(TENANT).scalar_one() == "2"
                db.session.rollback()
            assert tenancy.current() == 1

    def test_it_is_refused_in_a_transaction_without_tenant(self, app: Flask) -> None:
        with app.app_context():
            db.session.execute(select(Tenant.id).limit(1))
            with pytest.raises(TenancyError, match="A transaction is open"), tenancy.enter(1):
                pass
            with pytest.raises(TenancyError, match="A transaction is open"), tenancy.dispatch():
                pass
            assert tenancy.current() is None
            assert tenancy.dispatching() is False

    def test_a_transaction_that_outlives_its_tenant_is_not_taken_over(self, app: Flask) -> None:
        with app.app_context():
            with tenancy.enter(1):
                db.session.execute(TENANT)
            with pytest.raises(TenancyError, match="A transaction is open"), tenancy.enter(1):
                pass
            with pytest.raises(TenancyError, match="No tenant was entered"):
                db.session.execute(select(Place))

    @pytest.mark.parametrize("wrong", [True, "510114", None, 1.0])
    def test_only_an_int_is_a_tenant(self, wrong: Any) -> None:
        with pytest.raises(TenancyError, match="A tenant id is an int"), tenancy.enter(wrong):
            pass

    def test_due_work_is_not_looked_for_inside_a_tenant(self) -> None:
        with (
            tenancy.enter(1),
            pytest.raises(TenancyError, match="outside of any tenant"),
            tenancy.dispatch(),
        ):
            pass

    def test_outside_there_is_no_tenant(self) -> None:
        assert tenancy.current() is None
        with pytest.raises(TenancyError, match="No tenant was entered"):
            tenancy.required()

    def test_it_ends_with_an_error_too(self) -> None:
        with pytest.raises(ZeroDivisionError), tenancy.enter(1):
            raise ZeroDivisionError
        assert tenancy.current() is None


def _tenants(rows: Any) -> list[int]:
    return sorted({row.tenant_id for row in rows})


def _roots(session: Session, *options: Any) -> Node:
    query = select(Node).where(Node.kind == "district").options(*options)
    return session.execute(query).unique().scalar_one()


def _by_exists(session: Session) -> list[int]:
    other = aliased(Node)
    query = select(Node.tenant_id).where(exists().where(other.code != Node.code)).distinct()
    return sorted(session.execute(query).scalars())


def _exists_of_other(session: Session) -> list[int]:
    """A row of the other tenant must not make EXISTS true for one's own."""
    other = aliased(UserAccount)
    query = select(Node.tenant_id).where(
        Node.kind == "district", exists().where(other.tenant_id != Node.tenant_id)
    )
    return sorted(session.execute(query).scalars())


def _by_cte(session: Session) -> list[int]:
    named = select(Node.tenant_id, Node.code).cte("named")
    return sorted(set(session.execute(select(named.c.tenant_id)).scalars()))


def _by_union(session: Session) -> list[int]:
    both = union_all(select(Node.tenant_id), select(UserAccount.tenant_id))
    return sorted(set(session.execute(both).scalars()))


def _by_subquery(session: Session) -> list[int]:
    inner = select(Node).subquery()
    return _tenants(session.execute(select(aliased(Node, inner))).scalars())


def _by_count(session: Session) -> list[int]:
    return [session.execute(select(func.count()).select_from(UserAccount)).scalar_one()]


def _by_in(session: Session) -> list[int]:
    roots = select(Node.id).where(Node.kind == "district")
    return _tenants(session.execute(select(Node).where(Node.parent_id.in_(roots))).scalars())


def _by_join(session: Session) -> list[int]:
    query = select(UserAccount.tenant_id).join(Node, Node.kind == "district")
    return sorted(set(session.execute(query).scalars()))


def _by_outer_join(session: Session) -> list[int]:
    """On the far side of an outer join the tenant belongs into ON."""
    far = aliased(Node)
    query = (
        select(Node.tenant_id, far.tenant_id.label("far"))
        .outerjoin(far, far.kind == Node.kind)
        .where(Node.kind == "district")
    )
    return sorted({row.far for row in session.execute(query)})


def _by_legacy_query(session: Session) -> list[int]:
    return _tenants(session.query(Node).all())


READS: dict[str, Callable[[Session], list[int]]] = {
    "select": lambda s: _tenants(s.execute(select(Node)).scalars()),
    "columns": lambda s: sorted(set(s.execute(select(Node.tenant_id)).scalars())),
    "scalars": lambda s: _tenants(s.scalars(select(Node))),
    "stream": lambda s: _tenants(s.scalars(select(Node).execution_options(yield_per=10))),
    "legacy query": _by_legacy_query,
    "aliased": lambda s: _tenants(s.execute(select(aliased(Node, name="n"))).scalars()),
    "join": _by_join,
    "outer join": _by_outer_join,
    "exists": _by_exists,
    "union": _by_union,
    "cte": _by_cte,
    "subquery": _by_subquery,
    "in": _by_in,
    "lazy": lambda s: _tenants(_roots(s).peers),
    "joined": lambda s: _tenants(_roots(s, joinedload(Node.peers)).peers),
    "joined below selectin": lambda s: _tenants(
        peer
        for child in _roots(s, selectinload(Node.children).joinedload(Node.peers)).children
        for peer in child.peers
    ),
    "selectin": lambda s: _tenants(_roots(s, selectinload(Node.peers)).peers),
    "subqueryload": lambda s: _tenants(_roots(s, subqueryload(Node.peers)).peers),
    "immediate": lambda s: _tenants(_roots(s, immediateload(Node.peers)).peers),
    "any": lambda s: _tenants(s.execute(select(Node).where(Node.peers.any())).scalars()),
}


class TestTenantCriterion:
    """Every ORM statement names the tenant, shown where row-level security does not help."""

    @pytest.mark.parametrize("form", READS)
    def test_every_way_to_read_sees_one_tenant(
        self, unguarded: Flask, twins: tuple[District, District], form: str
    ) -> None:
        for one in twins:
            with unguarded.app_context(), tenancy.enter(one.tenant):
                assert READS[form](db.session()) == [one.tenant]
                db.session.remove()

    def test_there_was_something_to_leak(
        self, unguarded: Flask, twins: tuple[District, District]
    ) -> None:
        counted = text("SELECT count(DISTINCT tenant_id) FROM place")
        names = text("SELECT count(DISTINCT tenant_id) FROM user_account WHERE login = 'twin-a'")
        with unguarded.app_context():
            assert db.session.execute(counted).scalar_one() >= 2
            assert db.session.execute(names).scalar_one() == 2
            db.session.rollback()

    def test_another_tenants_row_does_not_make_exists_true(
        self, unguarded: Flask, twins: tuple[District, District]
    ) -> None:
        with unguarded.app_context(), tenancy.enter(twins[0].tenant):
            assert _exists_of_other(db.session()) == []
            assert _by_count(db.session()) == [3]
            db.session.remove()

    def test_get_finds_ones_own_row_and_never_anothers(
        self, unguarded: Flask, twins: tuple[District, District]
    ) -> None:
        ids = {}
        for one in twins:
            with unguarded.app_context(), tenancy.enter(one.tenant):
                ids[one.tenant] = _roots(db.session()).id
                db.session.remove()
        one, other = (district.tenant for district in twins)
        with unguarded.app_context(), tenancy.enter(one):
            found = db.session.get(Node, (one, ids[one]))
            assert found is not None
            assert found.id == ids[one]
            assert db.session.get(Node, (other, ids[other])) is None
            assert db.session.get(Node, (one, ids[other])) is None
            db.session.remove()

    def test_get_under_row_level_security_finds_nothing_of_another_tenant(
        self, app: Flask, twins: tuple[District, District]
    ) -> None:
        one, other = twins
        with other.entered():
            theirs = other.place(other.code).id
        with one.entered():
            assert db.session.get(Place, (other.tenant, theirs)) is None
            assert db.session.get(Place, (one.tenant, theirs)) is None

    def test_a_row_kept_in_the_session_is_not_handed_to_the_next_tenant(
        self, unguarded: Flask, twins: tuple[District, District]
    ) -> None:
        one, other = twins
        with unguarded.app_context():
            with tenancy.enter(one.tenant):
                mine = _roots(db.session())
                key = inspect(mine).identity
                db.session.rollback()
            with tenancy.enter(other.tenant):
                assert _tenants(db.session.execute(select(Node)).scalars()) == [other.tenant]
                assert db.session.get(Node, key, populate_existing=True) is None
                db.session.remove()

    def test_a_cached_statement_serves_the_tenant_of_the_moment(
        self, unguarded: Flask, twins: tuple[District, District]
    ) -> None:
        query = select(Node.code).where(Node.kind == "district")
        found = []
        for one in (*twins, *twins):
            with unguarded.app_context(), tenancy.enter(one.tenant):
                found.append(db.session.execute(query).scalar_one())
                db.session.remove()
        assert found == [one.code for one in (*twins, *twins)]

    @pytest.mark.parametrize("synchronise", [False, "fetch", "evaluate"])
    def test_update_changes_one_tenant(
        self,
        unguarded: Flask,
        new_district: Callable[[], District],
        superuser: psycopg.Connection,
        synchronise: Any,
    ) -> None:
        one, other = new_district(), new_district()
        with unguarded.app_context(), tenancy.enter(one.tenant):
            changed = db.session.execute(
                update(Node).values(name="改了"),
                execution_options={"synchronize_session": synchronise},
            )
            assert changed.rowcount == len(one.streets) + len(one.communities) + 1  # type: ignore[attr-defined]
            act(one)
            db.session.commit()
            db.session.remove()
        rows = superuser.execute(
            "SELECT DISTINCT tenant_id FROM place WHERE name = '改了' AND tenant_id = ANY(%s)",
            [[one.tenant, other.tenant]],
        )
        assert rows.fetchall() == [(one.tenant,)]

    def test_delete_removes_one_tenants_rows(
        self,
        unguarded: Flask,
        new_district: Callable[[], District],
        superuser: psycopg.Connection,
    ) -> None:
        one, other = new_district(), new_district()
        with unguarded.app_context(), tenancy.enter(one.tenant):
            gone = db.session.execute(delete(UserAccount).where(UserAccount.name == "区管理员"))
            assert gone.rowcount == 1  # type: ignore[attr-defined]
            act(one)
            db.session.commit()
            db.session.remove()
        rows = superuser.execute(
            "SELECT tenant_id, count(*) FROM user_account WHERE tenant_id = ANY(%s) GROUP BY 1",
            [[one.tenant, other.tenant]],
        )
        assert rows.fetchall() == [(other.tenant, 1)]

    def test_a_new_row_belongs_to_the_tenant_of_the_moment(
        self, app: Flask, district: District
    ) -> None:
        with district.entered():
            act(district)
            single, bulk = new_id(), new_id()
            db.session.add(UserAccount(id=single, name="一", login="single"))
            db.session.execute(insert(UserAccount), [{"id": bulk, "name": "二", "login": "bulk"}])
            db.session.flush()
            found = db.session.execute(
                select(UserAccount.tenant_id, UserAccount.login).where(
                    UserAccount.id.in_([single, bulk])
                )
            )
            assert sorted(found) == [(district.tenant, "bulk"), (district.tenant, "single")]

    def test_without_a_tenant_nothing_of_a_tenant_is_read_or_written(
        self, app: Flask, twins: tuple[District, District]
    ) -> None:
        tenant = twins[0].tenant
        refused: dict[str, Callable[[], object]] = {
            "select": lambda: db.session.execute(select(Place)),
            "columns": lambda: db.session.execute(select(Place.code)),
            "count": lambda: db.session.execute(select(func.count()).select_from(Place)),
            "get": lambda: db.session.get(Place, (tenant, new_id())),
            "alias": lambda: db.session.execute(select(aliased(Place))),
            "update": lambda: db.session.execute(update(Place).values(name="x")),
            "delete": lambda: db.session.execute(delete(Place)),
        }
        for name, statement in refused.items():
            with app.app_context():
                with pytest.raises(TenancyError, match="No tenant was entered"):
                    statement()
                assert db.session.registry.has(), name
                db.session.remove()

    def test_without_a_tenant_no_row_of_one_can_be_added(self, app: Flask) -> None:
        with app.app_context():
            db.session.add(Place(code="1", kind="district", name="x", official_name="x"))
            with pytest.raises(Exception, match="No tenant was entered"):
                db.session.flush()
            db.session.remove()

    def test_the_shared_list_of_tenants_needs_no_tenant(
        self, app: Flask, twins: tuple[District, District]
    ) -> None:
        with app.app_context():
            found = set(db.session.execute(select(Tenant.id)).scalars())
            assert {one.tenant for one in twins} <= found
            db.session.remove()


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
