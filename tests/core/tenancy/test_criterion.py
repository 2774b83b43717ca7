"""Every ORM statement names the tenant, shown where row-level security does not help."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import (
    and_,
    delete,
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
from core.accounts.models import UserAccount
from core.accounts.service import create_user
from core.app import create_app
from core.audit import attempt
from core.config import Config
from core.db import db
from core.ids import new_id
from core.places.models import Place
from core.sdk import TenantScoped, new_metadata
from core.servers import Addresses
from core.tenancy import TenancyError
from core.tenancy.models import Tenant
from core.testing.world import SYSTEM, District, onboard


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
    return both


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


@pytest.mark.parametrize("form", READS)
def test_every_way_to_read_sees_one_tenant(
    unguarded: Flask, twins: tuple[District, District], form: str
) -> None:
    for one in twins:
        with unguarded.app_context(), tenancy.enter(one.tenant):
            assert READS[form](db.session()) == [one.tenant]
            db.session.remove()


def test_there_was_something_to_leak(unguarded: Flask, twins: tuple[District, District]) -> None:
    counted = text("SELECT count(DISTINCT tenant_id) FROM place")
    names = text("SELECT count(DISTINCT tenant_id) FROM user_account WHERE login = 'twin-a'")
    with unguarded.app_context():
        assert db.session.execute(counted).scalar_one() >= 2
        assert db.session.execute(names).scalar_one() == 2
        db.session.rollback()


def test_another_tenants_row_does_not_make_exists_true(
    unguarded: Flask, twins: tuple[District, District]
) -> None:
    with unguarded.app_context(), tenancy.enter(twins[0].tenant):
        assert _exists_of_other(db.session()) == []
        assert _by_count(db.session()) == [3]
        db.session.remove()


def test_get_finds_ones_own_row_and_never_anothers(
    unguarded: Flask, twins: tuple[District, District]
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
    app: Flask, twins: tuple[District, District]
) -> None:
    one, other = twins
    with other.entered():
        theirs = other.place(other.code).id
    with one.entered():
        assert db.session.get(Place, (other.tenant, theirs)) is None
        assert db.session.get(Place, (one.tenant, theirs)) is None


def test_a_row_kept_in_the_session_is_not_handed_to_the_next_tenant(
    unguarded: Flask, twins: tuple[District, District]
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
    unguarded: Flask, twins: tuple[District, District]
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
        assert changed.rowcount == len(one.streets) + len(one.communities) + 1
        act(one)
        db.session.commit()
        db.session.remove()
    rows = superuser.execute(
        "SELECT DISTINCT tenant_id FROM place WHERE name = '改了' AND tenant_id = ANY(%s)",
        [[one.tenant, other.tenant]],
    )
    assert rows.fetchall() == [(one.tenant,)]


def test_delete_removes_one_tenants_rows(
    unguarded: Flask,
    new_district: Callable[[], District],
    superuser: psycopg.Connection,
) -> None:
    one, other = new_district(), new_district()
    with unguarded.app_context(), tenancy.enter(one.tenant):
        gone = db.session.execute(delete(UserAccount).where(UserAccount.name == "区管理员"))
        assert gone.rowcount == 1
        act(one)
        db.session.commit()
        db.session.remove()
    rows = superuser.execute(
        "SELECT tenant_id, count(*) FROM user_account WHERE tenant_id = ANY(%s) GROUP BY 1",
        [[one.tenant, other.tenant]],
    )
    assert rows.fetchall() == [(other.tenant, 1)]


def test_a_new_row_belongs_to_the_tenant_of_the_moment(app: Flask, district: District) -> None:
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
    app: Flask, twins: tuple[District, District]
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


def test_without_a_tenant_no_row_of_one_can_be_added(app: Flask) -> None:
    with app.app_context():
        db.session.add(Place(code="1", kind="district", name="x", official_name="x"))
        with pytest.raises(Exception, match="No tenant was entered"):
            db.session.flush()
        db.session.remove()


def test_the_shared_list_of_tenants_needs_no_tenant(
    app: Flask, twins: tuple[District, District]
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
