"""The statement test: what it refuses, what it lets pass, and that it watches the application."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import delete, exc, insert, select, text, union_all, update
from sqlalchemy.orm import aliased

from core import tenancy
from core.accounts.models import RoleGrant, UserAccount
from core.db import db
from core.places.models import Place
from core.testing.statements import TenantNotNamed, patterns, recorded, unnamed
from core.testing.world import District

USES = patterns(["place", "role_grant", "user_account"])

REFUSED: dict[str, tuple[str, list[str]]] = {
    "select": ("SELECT * FROM place", ["place"]),
    "the word in the select list": ("SELECT place.tenant_id FROM place", ["place"]),
    "the bare column": ("SELECT code FROM place WHERE tenant_id = 1", ["place"]),
    "compared with something else": ("SELECT 1 FROM place WHERE place.tenant_id > 1", ["place"]),
    "an unequal": ("SELECT 1 FROM place WHERE place.tenant_id != 1", ["place"]),
    "in a string": ("SELECT 1 FROM place WHERE place.name = 'place.tenant_id = 1'", ["place"]),
    "in a comment": ("SELECT 1 FROM place -- place.tenant_id = 1", ["place"]),
    "in a long comment": ("SELECT 1 /* place.tenant_id = 1 */ FROM place", ["place"]),
    "lower case": ("select 1 from place", ["place"]),
    "quoted": ('SELECT 1 FROM "place"', ["place"]),
    "with its schema": ("SELECT 1 FROM public.place", ["place"]),
    "only": ("SELECT 1 FROM ONLY place", ["place"]),
    "over two lines": ("SELECT 1\nFROM\n  place\nWHERE place.code = 'x'", ["place"]),
    "alias": ("SELECT 1 FROM place AS p WHERE place.tenant_id = %(t)s", ["p"]),
    "alias without as": ("SELECT 1 FROM place p WHERE p.code = %(c)s", ["p"]),
    "second alias": (
        "SELECT 1 FROM place a JOIN place b ON a.id = b.id WHERE a.tenant_id = 1",
        ["b"],
    ),
    "join": (
        "SELECT 1 FROM place JOIN role_grant ON role_grant.place_id = place.id"
        " WHERE place.tenant_id = %(t)s",
        ["role_grant"],
    ),
    "left join": (
        "SELECT 1 FROM place LEFT OUTER JOIN role_grant AS g ON g.place_id = place.id"
        " WHERE place.tenant_id = %(t)s",
        ["g"],
    ),
    "two that only know each other": (
        "SELECT 1 FROM place a JOIN role_grant g ON g.tenant_id = a.tenant_id",
        ["a", "g"],
    ),
    "after a comma": (
        "SELECT 1 FROM place, user_account WHERE place.tenant_id = %(t)s",
        ["user_account"],
    ),
    "inside exists": (
        "SELECT 1 FROM place WHERE place.tenant_id = 1"
        " AND EXISTS (SELECT FROM role_grant WHERE role_grant.place_id = place.id)",
        ["role_grant"],
    ),
    "the same name twice": (
        "SELECT 1 FROM place WHERE place.tenant_id = 1 UNION SELECT 2 FROM place",
        ["place"],
    ),
    "cte": ("WITH x AS (SELECT * FROM place) SELECT * FROM x", ["place"]),
    "update": ("UPDATE place SET name = 'x' WHERE place.code = 'y'", ["place"]),
    "update from": (
        "UPDATE place SET name = 'x' FROM role_grant WHERE place.tenant_id = 1",
        ["role_grant"],
    ),
    "setting it is not naming it": ("UPDATE place SET tenant_id = 1", ["place"]),
    "delete": ("DELETE FROM place WHERE place.code = 'x'", ["place"]),
    "delete using": (
        "DELETE FROM place USING role_grant WHERE place.tenant_id = 1",
        ["role_grant"],
    ),
    "insert": ("INSERT INTO place (id, code) VALUES (1, 2)", ["place"]),
    "insert without columns": ("INSERT INTO place VALUES (1, 2)", ["place"]),
    "insert defaults": ("INSERT INTO place DEFAULT VALUES", ["place"]),
    "insert from select": (
        "INSERT INTO place (tenant_id, id) SELECT tenant_id, id FROM user_account",
        ["user_account"],
    ),
    "insert in a cte": ("WITH x AS (INSERT INTO place (id) VALUES (1)) SELECT 1", ["place"]),
    "copy": ("COPY place TO STDOUT", ["place"]),
    "truncate": ("TRUNCATE place", ["place"]),
    "truncate table": ("TRUNCATE TABLE place", ["place"]),
    "lock": ("LOCK TABLE place", ["place"]),
    "table": ("TABLE place", ["place"]),
}
PASSED = {
    "another table": "SELECT * FROM tenant",
    "a table whose name begins alike": "SELECT * FROM place_name",
    "a temporary table": "SELECT * FROM import_place",
    "a parameter": "SELECT 1 FROM place WHERE place.tenant_id = %(t)s::INTEGER",
    "a positional parameter": "SELECT 1 FROM place WHERE place.tenant_id = $1",
    "a number": "SELECT 1 FROM place WHERE place.tenant_id = 510114",
    "in": "SELECT 1 FROM place WHERE place.tenant_id IN (%(t_1)s, %(t_2)s)",
    "alias": "SELECT 1 FROM place AS p WHERE p.tenant_id = %(t)s",
    "two aliases": (
        "SELECT 1 FROM place AS a JOIN place AS b ON a.id = b.id"
        " WHERE a.tenant_id = %(t)s AND b.tenant_id = %(t)s"
    ),
    "by way of another": (
        "SELECT 1 FROM place JOIN role_grant g ON g.tenant_id = place.tenant_id"
        " JOIN user_account AS u ON g.tenant_id = u.tenant_id WHERE place.tenant_id = %(t)s"
    ),
    "correlated": (
        "SELECT (SELECT count(*) FROM role_grant WHERE role_grant.tenant_id = place.tenant_id)"
        " FROM place WHERE place.tenant_id = %(t)s"
    ),
    "twice and named twice": (
        "SELECT 1 FROM place WHERE place.tenant_id = 1"
        " UNION SELECT 2 FROM place WHERE place.tenant_id = 1"
    ),
    "columns of it after a comma": "SELECT 1, place.code FROM place WHERE place.tenant_id = 1",
    "update": "UPDATE place SET name = 'x' WHERE place.tenant_id = 1",
    "delete": "DELETE FROM place WHERE place.tenant_id = 1",
    "insert": "INSERT INTO place (tenant_id, id) VALUES (%(t)s, %(i)s)",
    "insert from select": (
        "INSERT INTO place (tenant_id, id) SELECT u.tenant_id, u.id FROM user_account u"
        " WHERE u.tenant_id = 1"
    ),
    "lock rows": "SELECT 1 FROM place WHERE place.tenant_id = 1 FOR UPDATE OF place",
    "savepoint": "SAVEPOINT sa_savepoint_1",
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses(name: str) -> None:
    statement, missing = REFUSED[name]
    assert unnamed(statement, USES) == missing


@pytest.mark.parametrize("name", PASSED)
def test_it_lets_pass(name: str) -> None:
    assert unnamed(PASSED[name], USES) == []


@pytest.fixture
def entered(district: District) -> Iterator[None]:
    with district.entered():
        yield


@pytest.mark.usefixtures("entered")
class TestTheApplication:
    """The application under test is watched; what SQLAlchemy writes is understood."""

    @pytest.mark.parametrize(
        "statement",
        [
            select(Place.__table__),
            select(Place.__table__.alias()),
            update(Place.__table__).values(name="x"),
            delete(Place.__table__),
            text("SELECT count(*) FROM place"),
        ],
        ids=["select", "alias", "update", "delete", "text"],
    )
    def test_core_statements_without_the_tenant_are_refused(self, statement: object) -> None:
        with pytest.raises(TenantNotNamed):
            db.session.connection().execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            select(Place),
            select(aliased(Place)),
            select(Place).join(RoleGrant, RoleGrant.place_id == Place.id),
            select(Place).where(Place.id.in_(select(RoleGrant.place_id))),
            union_all(select(Place.id), select(Place.id), select(UserAccount.id)),
        ],
        ids=["select", "alias", "join", "in", "union"],
    )
    def test_orm_statements_name_it_by_themselves(self, statement: object) -> None:
        db.session.execute(statement)

    def test_a_refused_statement_is_never_sent(self) -> None:
        with recorded(db.engine) as seen, pytest.raises(TenantNotNamed):
            db.session.connection().execute(text("DELETE FROM role_grant"))
        assert len(seen) <= 1
        grants = db.session.execute(select(RoleGrant)).scalars().all()
        assert len(grants) == 1

    def test_it_says_what_is_missing_and_where(self) -> None:
        with pytest.raises(TenantNotNamed, match=r"\['p'\] without tenant_id in: SELECT 1 FROM pl"):
            db.session.connection().execute(text("SELECT 1 FROM place AS p"))

    def test_an_insert_without_the_tenant_is_refused(self) -> None:
        with pytest.raises((TenantNotNamed, exc.StatementError)):
            db.session.connection().execute(
                text("INSERT INTO place (id, code) VALUES (gen_random_uuid(), 'x')")
            )
        with tenancy.enter(tenancy.required()):
            named = str(insert(Place.__table__).compile(db.engine))
        assert unnamed(named, USES) == []


def test_looking_for_due_work_is_exempt(app: Flask) -> None:
    due = text("SELECT DISTINCT tenant_id FROM audit_entry WHERE seal_number IS NULL")
    with app.app_context():
        with pytest.raises(TenantNotNamed):
            db.session.execute(due)
        db.session.remove()
        with tenancy.dispatch():
            db.session.execute(due)
            db.session.remove()
