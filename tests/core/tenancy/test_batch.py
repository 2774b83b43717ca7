"""The batch role: the one way to delete from a ledger, and never out of its tenant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from core import tenancy
from core.app import create_app, refuse_powerful_role
from core.config import Config, ConfigError
from core.db import db, transaction
from core.servers import Addresses
from core.testing.world import District

ROLE = text("SELECT current_user, current_setting('linli.tenant', true)")


def run(district: District, statement: str, *, batch: bool = True) -> int:
    """Run a statement as the batch role, or as the application's; return how many rows it met."""
    with district.app.app_context(), tenancy.enter(district.tenant):
        try:
            if not batch:
                with transaction() as session:
                    return _rows(session.connection().execute(text(statement)))
            with tenancy.batch(), transaction() as session:
                return _rows(session.connection().execute(text(statement)))
        finally:
            db.session.remove()


def _rows(result: object) -> int:
    return int(result.rowcount)  # type: ignore[attr-defined]


def test_the_role_goes_in_with_begin_and_out_with_commit(district: District) -> None:
    with district.app.app_context(), tenancy.enter(district.tenant):
        with tenancy.batch():
            assert tenancy.batching()
            with transaction() as session:
                assert tuple(session.execute(ROLE).one()) == ("linli_batch", str(district.tenant))
        assert not tenancy.batching()
        with transaction() as session:
            assert tuple(session.execute(ROLE).one()) == ("linli_app", str(district.tenant))


def test_it_needs_a_tenant_and_no_transaction(app: Flask) -> None:
    with pytest.raises(tenancy.TenancyError, match="No tenant was entered"), tenancy.batch():
        pass
    with app.app_context(), tenancy.enter(1):
        db.session.execute(ROLE)
        with pytest.raises(tenancy.TenancyError, match="A transaction is open"), tenancy.batch():
            pass
        db.session.rollback()
        with (
            tenancy.batch(),
            pytest.raises(tenancy.TenancyError, match="in the middle of a batch"),
            tenancy.enter(2),
        ):
            pass


def test_it_stays_in_its_tenant(new_district: Callable[[], District]) -> None:
    here, there = new_district(), new_district()
    everywhere = "UPDATE place SET name = name WHERE place.tenant_id IN ({})".format(
        f"{here.tenant}, {there.tenant}"
    )
    places = 1 + len(here.streets) + len(here.communities)
    assert run(here, everywhere) == places
    assert (
        run(here, f"DELETE FROM one_time_link WHERE one_time_link.tenant_id = {there.tenant}") == 0
    )
    with pytest.raises(ProgrammingError, match="row-level security"):
        run(
            here,
            "INSERT INTO plugin_policy (tenant_id, id, plugin, policy, changed_at)"
            f" VALUES ({there.tenant}, gen_random_uuid(), 'x', 'mandatory', now())",
        )


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE audit_entry.tenant_id = {}",
        "DELETE FROM audit_payload WHERE audit_payload.tenant_id = {}",
        "UPDATE audit_entry SET actor_name = '' WHERE audit_entry.tenant_id = {}",
        "DELETE FROM tenant_key WHERE tenant_key.tenant_id = {}",
        "UPDATE tenant SET status = 'suspended' WHERE tenant.id = {}",
    ],
)
def test_log_and_key_are_out_of_its_reach(district: District, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        run(district, statement.format(district.tenant))


def test_serving_is_refused_to_a_role_that_may_delete_from_ledgers_by_itself(
    superuser, addresses: Addresses, config: Config
) -> None:
    from sqlalchemy.engine import make_url

    superuser.execute("CREATE ROLE test_emptying LOGIN IN ROLE linli_batch")
    url = make_url(addresses.database_url).set(username="test_emptying").render_as_string()
    app = create_app(config, database_url=url, valkey_url=addresses.valkey_url)
    try:
        with pytest.raises(ConfigError, match=r"its role inherits linli_batch .* empty ledgers"):
            refuse_powerful_role(app)
    finally:
        with app.app_context():
            db.engine.dispose()
        superuser.execute("DROP ROLE test_emptying")
