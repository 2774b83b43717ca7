"""``enter`` is the only way into a tenant, and never in the middle of a transaction."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import (
    select,
    text,
)

from core import tenancy
from core.db import db
from core.places.models import Place
from core.tenancy import TenancyError
from core.tenancy.models import Tenant

TENANT = text("SELECT current_setting('linli.tenant', true)")


def test_it_is_refused_while_a_transaction_is_open(app: Flask) -> None:
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


def test_it_is_refused_in_a_transaction_without_tenant(app: Flask) -> None:
    with app.app_context():
        db.session.execute(select(Tenant.id).limit(1))
        with pytest.raises(TenancyError, match="A transaction is open"), tenancy.enter(1):
            pass
        with pytest.raises(TenancyError, match="A transaction is open"), tenancy.dispatch():
            pass
        assert tenancy.current() is None
        assert tenancy.dispatching() is False


def test_a_transaction_that_outlives_its_tenant_is_not_taken_over(app: Flask) -> None:
    with app.app_context():
        with tenancy.enter(1):
            db.session.execute(TENANT)
        with pytest.raises(TenancyError, match="A transaction is open"), tenancy.enter(1):
            pass
        with pytest.raises(TenancyError, match="No tenant was entered"):
            db.session.execute(select(Place))


@pytest.mark.parametrize("wrong", [True, "510114", None, 1.0])
def test_only_an_int_is_a_tenant(wrong: Any) -> None:
    with pytest.raises(TenancyError, match="A tenant id is an int"), tenancy.enter(wrong):
        pass


def test_due_work_is_not_looked_for_inside_a_tenant() -> None:
    with (
        tenancy.enter(1),
        pytest.raises(TenancyError, match="outside of any tenant"),
        tenancy.dispatch(),
    ):
        pass


def test_outside_there_is_no_tenant() -> None:
    assert tenancy.current() is None
    with pytest.raises(TenancyError, match="No tenant was entered"):
        tenancy.required()


def test_it_ends_with_an_error_too() -> None:
    with pytest.raises(ZeroDivisionError), tenancy.enter(1):
        raise ZeroDivisionError
    assert tenancy.current() is None
