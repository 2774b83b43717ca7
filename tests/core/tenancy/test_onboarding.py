"""A district comes on board whole or not at all, with its real tree, and behind its own wall."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import exc, select, text

from core import tenancy
from core.accounts.models import RoleGrant, UserAccount
from core.audit.models import AuditEntry, AuditPayload
from core.audit.seal import verify
from core.db import db, transaction
from core.errors import Conflict, Invalid, NotFound
from core.places.models import Place
from core.places.queries import count_below
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.loading import discover
from core.tenancy import onboarding, queries
from core.testing.fixtures import tenant_tables
from core.testing.world import SYSTEM, District, onboard
from tests.filling import fill

FIGURES = {
    # code: (name, city, province, streets, communities), counted by hand in the official list
    "120101": ("和平区", "市辖区", "天津市", 6, 64),
    "360102": ("东湖区", "南昌市", "江西省", 10, 119),
    "510114": ("新都区", "成都市", "四川省", 9, 184),
    "510181": ("都江堰市", "成都市", "四川省", 11, 166),
    "620602": ("凉州区", "武威市", "甘肃省", 50, 550),
}
METADATA = {
    table.name: table
    for history in PluginHost(discover("strict")).histories()
    for table in history.metadata.tables.values()
}
KILLED = "130107"
TWICE = "130172"


@pytest.fixture(scope="module")
def on_board(installation: Any) -> dict[str, District]:
    """The demo's five districts."""
    return {code: onboard(installation.app, code) for code in FIGURES}


@pytest.fixture(scope="module")
def tables(installation: Any, on_board: dict[str, District]) -> list[str]:
    """Every tenant table, with rows of two tenants in each that this test fills."""
    for code in ("120101", "360102"):
        fill(on_board[code])
    return tenant_tables(installation.app)


def counts(connection: psycopg.Connection, tables: list[str], tenant: int) -> dict[str, int]:
    """Count a tenant's rows in every table, as a role that sees them all."""
    found = {}
    for table in tables:
        query = f"SELECT count(*) FROM {table} WHERE tenant_id = %s"
        ((found[table],),) = connection.execute(query, [tenant])
    query = "SELECT count(*) FROM tenant WHERE id = %s"
    ((found["tenant"],),) = connection.execute(query, [tenant])
    return found


class TestOnboarding:
    @pytest.mark.parametrize("code", FIGURES)
    def test_the_tree_is_the_real_one(self, on_board: dict[str, District], code: str) -> None:
        name, city, province, streets, communities = FIGURES[code]
        with on_board[code].entered():
            tenant = queries.get(int(code))
            assert (tenant.name, tenant.city, tenant.province) == (name, city, province)
            assert (tenant.id, tenant.route_code) == (int(code), code)
            assert count_below(code) == {"street": streets, "community": communities}
            orphans = select(Place.code).where(Place.parent_id.is_(None))
            assert list(db.session.execute(orphans).scalars()) == [code]
            links = db.session.execute(
                text(
                    "SELECT child.code, parent.code FROM place AS child JOIN place AS parent"
                    " ON parent.tenant_id = child.tenant_id AND parent.id = child.parent_id"
                    " WHERE child.tenant_id = :tenant"
                ),
                {"tenant": int(code)},
            ).all()
            assert len(links) == streets + communities
            assert all(child[:-3] == parent for child, parent in links)

    def test_names_are_the_official_ones_and_short_ones(
        self, on_board: dict[str, District]
    ) -> None:
        with on_board["510114"].entered():
            found = db.session.execute(
                select(Place.code, Place.name, Place.official_name)
                .where(Place.code.in_(["510114", "510114001", "510114001018"]))
                .order_by(Place.code)
            ).all()
        assert [tuple(row) for row in found] == [
            ("510114", "新都区", "新都区"),
            ("510114001", "大丰街道", "大丰街道"),
            ("510114001018", "崇义社区", "崇义社区居委会"),
        ]

    def test_there_is_one_administrator_and_the_act_is_recorded(
        self, on_board: dict[str, District]
    ) -> None:
        with on_board["120101"].entered():
            held = db.session.execute(
                select(UserAccount.name, UserAccount.password_hash, RoleGrant.role, Place.code)
                .join(RoleGrant, RoleGrant.user_id == UserAccount.id)
                .join(Place, Place.id == RoleGrant.place_id)
            ).all()
            acts = db.session.execute(
                select(AuditEntry.action, AuditEntry.actor_name, AuditPayload.after)
                .join(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
                .where(AuditEntry.action == "core.tenant.create")
            ).all()
        assert [tuple(row) for row in held] == [("区管理员", None, "administrator", "120101")]
        made = {"streets": 6, "communities": 64, "status": "active"}
        assert [tuple(row) for row in acts] == [("core.tenant.create", "tests", made)]

    def test_a_repeat_is_a_conflict_and_changes_nothing(
        self, installation: Any, on_board: dict[str, District]
    ) -> None:
        tables = tenant_tables(installation.app)
        before = counts(installation.superuser, tables, 120101)

        with pytest.raises(Conflict) as refused:
            onboard(installation.app, "120101")

        assert refused.value.field == "code"
        assert str(refused.value) == "天津市和平区 is on board already."
        assert counts(installation.superuser, tables, 120101) == before
        assert before["tenant"] == before["tenant_key"] == before["user_account"] == 1
        assert before["place"] == 1 + 6 + 64

    @pytest.mark.parametrize("phone", ["", "12345678901", "1380000000"])
    def test_an_administrator_who_cannot_be_reached_is_refused_and_nothing_stays(
        self, installation: Any, phone: str
    ) -> None:
        with installation.app.app_context(), tenancy.enter(130171):
            with pytest.raises(Invalid) as refused, transaction():
                onboarding.onboard(
                    SYSTEM,
                    plugin_host().catalogue,
                    onboarding.district_to_onboard("130171"),
                    admin_name="甲",
                    admin_phone=phone,
                )
            db.session.remove()
        assert refused.value.field == "phone"
        found = counts(installation.superuser, tenant_tables(installation.app), 130171)
        assert set(found.values()) == {0}

    @pytest.mark.parametrize(
        ("code", "nearest"),
        [
            ("510115x", None),
            ("999999", None),
            ("51011", "510112"),
            ("510119", "510118"),
            ("和平", "120101 天津市和平区"),
            ("东湖区", "360102 江西省南昌市东湖区"),
            ("", "-"),
            ("１２０１０１", None),
        ],
    )
    def test_an_unknown_code_names_what_was_probably_meant(
        self, installation: Any, code: str, nearest: str | None
    ) -> None:
        with installation.app.app_context(), pytest.raises(NotFound) as refused:
            onboarding.district_to_onboard(code)
        assert refused.value.field == "code"
        sentence = str(refused.value)
        assert sentence.startswith(f"There is no district with the code {code}. Nearest: ")
        if nearest:
            assert nearest in sentence

    def test_the_status_is_changed_and_recorded(self, on_board: dict[str, District]) -> None:
        with on_board["510181"].entered():
            onboarding.suspend(SYSTEM, 510181)
        with on_board["510181"].entered():
            assert queries.get(510181).status == "suspended"
            onboarding.resume(SYSTEM, 510181)
        with on_board["510181"].entered():
            assert queries.get(510181).status == "active"
            changed = db.session.execute(
                select(AuditPayload.before, AuditPayload.after)
                .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
                .where(AuditEntry.action == "core.tenant.set_status")
                .order_by(AuditEntry.id)
            ).all()
            active, suspended = {"status": "active"}, {"status": "suspended"}
            assert [tuple(row) for row in changed] == [(active, suspended), (suspended, active)]

    def test_a_tenant_cannot_change_the_list_for_another(
        self, on_board: dict[str, District]
    ) -> None:
        with on_board["120101"].entered():
            changed = db.session.execute(
                text("UPDATE tenant SET status = 'suspended' WHERE id <> 120101")
            )
            assert changed.rowcount == 0
            with pytest.raises(exc.ProgrammingError, match="permission denied"):
                db.session.execute(text("UPDATE tenant SET route_code = '999999'"))
            db.session.rollback()


def test_it_is_absent_whenever_the_process_is_killed_before_commit_and_can_be_repeated(
    installation: Any, addresses: Any
) -> None:
    script = Path(__file__).with_name("onboard_and_die.py")
    done = subprocess.run(
        [sys.executable, str(script), installation.app_url, addresses.valkey_url, KILLED],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 10
    tables = tenant_tables(installation.app)
    found = counts(installation.superuser, tables, int(KILLED))
    assert found == dict.fromkeys([*tables, "tenant"], 0)
    with installation.app.app_context(), tenancy.enter(int(KILLED)):
        for table in tables:
            query = text(f"SELECT count(*) FROM {table}")
            assert db.session.execute(query).scalar_one() == 0
        db.session.remove()

    district = onboard(installation.app, KILLED)

    assert counts(installation.superuser, tables, int(KILLED))["place"] == (
        1 + len(district.streets) + len(district.communities)
    )
    with district.entered():
        assert verify().holds


def test_two_who_take_the_same_district_on_board_at_once_do_it_once(installation: Any) -> None:
    with ThreadPoolExecutor(2) as pool:
        tries = [pool.submit(onboard, installation.app, TWICE) for _ in range(2)]
    errors = [each.exception() for each in tries]

    assert sorted(type(error).__name__ for error in errors) == ["Conflict", "NoneType"]
    found = counts(installation.superuser, tenant_tables(installation.app), int(TWICE))
    assert (found["tenant"], found["tenant_key"], found["user_account"]) == (1, 1, 1)


class TestTheWall:
    """Row-level security alone, in the words of SQL, as the application's role."""

    @pytest.fixture
    def app_role(self, installation: Any) -> Iterator[psycopg.Connection]:
        url = installation.app_url.replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url) as connection:
            yield connection
            connection.rollback()

    def test_there_is_something_behind_it(self, installation: Any, tables: list[str]) -> None:
        found = counts(installation.superuser, tables, 120101)
        filled = {name for name, count in found.items() if count}
        assert filled - {"tenant"} == set(tables)

    @pytest.mark.parametrize("setting", ["unset", "empty", "nobody"])
    def test_without_a_tenant_no_row_is_seen_in_any_table(
        self, app_role: psycopg.Connection, tables: list[str], setting: str
    ) -> None:
        if setting != "unset":
            value = {"empty": "", "nobody": "999999"}[setting]
            app_role.execute("SELECT set_config('linli.tenant', %s, true)", [value])
        for table in tables:
            rows = app_role.execute(f"SELECT count(*) FROM {table}")
            assert rows.fetchone() == (0,), table

    def test_a_setting_that_is_no_number_is_an_error_not_an_opening(
        self, app_role: psycopg.Connection, tables: list[str]
    ) -> None:
        app_role.execute("SELECT set_config('linli.tenant', '120101 OR true', true)")
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            app_role.execute("SELECT count(*) FROM place")

    def test_with_a_tenant_only_its_rows_are_seen(
        self, app_role: psycopg.Connection, installation: Any, tables: list[str]
    ) -> None:
        app_role.execute("SET LOCAL linli.tenant = '120101'")
        expected = counts(installation.superuser, tables, 120101)
        for table in tables:
            query = (
                f"SELECT count(*), coalesce(min(tenant_id), 120101), max(tenant_id) FROM {table}"
            )
            total, low, high = app_role.execute(query).fetchone()
            assert (table, total, low, high or 120101) == (table, expected[table], 120101, 120101)

    @pytest.mark.parametrize("setting", [None, "360102"])
    def test_no_row_can_be_put_into_another_tenant_or_into_none(
        self, app_role: psycopg.Connection, tables: list[str], setting: str | None
    ) -> None:
        app_role.execute("SELECT set_config('linli.tenant', %s, true)", [setting or ""])
        for table in tables:
            statement = f"INSERT INTO {table} (tenant_id) VALUES (120101)"
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege) as refused,
                app_role.transaction(),
            ):
                app_role.execute(statement)
            assert str(refused.value).startswith(
                f'new row violates row-level security policy for table "{table}"'
            )

    def test_another_tenants_rows_are_neither_changed_nor_deleted(
        self, app_role: psycopg.Connection, installation: Any, tables: list[str]
    ) -> None:
        before = counts(installation.superuser, tables, 360102)
        app_role.execute("SET LOCAL linli.tenant = '120101'")
        for table in tables:
            if METADATA[table].info.get("access") == "append-only":
                continue
            for statement in (
                f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = 360102",
                f"DELETE FROM {table} WHERE tenant_id = 360102",
            ):
                assert app_role.execute(statement).rowcount == 0
        assert counts(installation.superuser, tables, 360102) == before

    def test_ones_own_row_cannot_be_moved_to_another_tenant(
        self, app_role: psycopg.Connection, tables: list[str]
    ) -> None:
        app_role.execute("SET LOCAL linli.tenant = '120101'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            app_role.execute("UPDATE user_account SET tenant_id = 360102")

    def test_a_reference_into_another_tenant_cannot_be_stored(
        self, app_role: psycopg.Connection, installation: Any, tables: list[str]
    ) -> None:
        ((theirs,),) = installation.superuser.execute(
            "SELECT id FROM place WHERE tenant_id = 360102 AND code = '360102'"
        )
        app_role.execute("SET LOCAL linli.tenant = '120101'")
        with pytest.raises(psycopg.errors.ForeignKeyViolation, match="role_grant_place_id_fkey"):
            app_role.execute("UPDATE role_grant SET place_id = %s", [theirs])

    def test_the_dispatch_role_reads_what_is_due_of_all_and_nothing_else(
        self, app_role: psycopg.Connection, tables: list[str]
    ) -> None:
        app_role.execute("SET LOCAL ROLE linli_dispatch")
        due = {name: METADATA[name].info["due"] for name in tables if "due" in METADATA[name].info}
        assert due.keys() == {"audit_entry", "event_delivery", "event_outbox", "job"}
        for table, columns in due.items():
            found = app_role.execute(f"SELECT tenant_id, id, {', '.join(columns)} FROM {table}")
            assert {120101, 360102} <= {row[0] for row in found}
        for statement in (
            *(
                f"SELECT {column.name} FROM {name}"
                for name in tables
                for column in METADATA[name].columns
                if column.name not in ("tenant_id", "id", *due.get(name, ()))
                or (name not in due and column.name == "id")
            ),
            "SELECT actor_name FROM audit_entry",
            "SELECT * FROM audit_entry",
            "SELECT name FROM tenant",
            "UPDATE audit_entry SET seal_number = 1",
            "DELETE FROM audit_entry",
            "INSERT INTO audit_entry (tenant_id) VALUES (120101)",
            "SELECT * FROM core_version",
        ):
            with (
                pytest.raises(psycopg.errors.InsufficientPrivilege, match="permission denied"),
                app_role.transaction(),
            ):
                app_role.execute(statement)

    @pytest.mark.parametrize(
        "statement",
        [
            "SET ROLE linli_owner",
            "SET SESSION AUTHORIZATION linli_owner",
            "ALTER TABLE place DISABLE ROW LEVEL SECURITY",
            "DROP POLICY place_tenant ON place",
            "TRUNCATE role_grant",
            "CREATE TABLE mine (id int)",
            "COPY place FROM STDIN",
            "SELECT * FROM core_version",
            "DELETE FROM tenant",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        ],
    )
    def test_the_application_cannot_step_around_it(
        self, app_role: psycopg.Connection, tables: list[str], statement: str
    ) -> None:
        app_role.execute("SET LOCAL linli.tenant = '120101'")
        with pytest.raises(
            (psycopg.errors.InsufficientPrivilege, psycopg.errors.FeatureNotSupported)
        ):
            app_role.execute(statement)

    def test_row_security_cannot_be_asked_away(
        self, app_role: psycopg.Connection, tables: list[str]
    ) -> None:
        app_role.execute("SET LOCAL row_security = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            app_role.execute("SELECT count(*) FROM place")
