"""The front page lists the districts that are on board, however many, in one statement."""

from __future__ import annotations

import re
from typing import Any

from core import tenancy
from core.audit import attempt
from core.db import db, transaction
from core.tenancy import onboarding
from core.tenancy.models import Tenant
from core.testing.statements import recorded
from core.testing.world import SYSTEM, browser

LISTED = re.compile(r'href="/(\d{6})">')


def add(app: Any, tenant: int) -> None:
    with app.app_context(), tenancy.enter(tenant):
        with (
            transaction() as session,
            attempt(SYSTEM, "core.test.add", object_type="x", object_id="", place_code=str(tenant)),
        ):
            session.add(
                Tenant(
                    id=tenant,
                    route_code=str(tenant),
                    name="区",
                    city="市",
                    province="省",
                    status="active",
                )
            )
        db.session.remove()


def test_one_statement_for_none_for_one_and_for_thirty_districts(installation: Any) -> None:
    app, visitor = installation.app, browser(installation.app)
    with app.app_context():
        engine = db.engine
    tenants = [990101 + number for number in range(30)]
    for present in (0, 1, 30):
        for tenant in tenants[:present]:
            if str(tenant) not in LISTED.findall(visitor.get("/").text):
                add(app, tenant)
        with recorded(engine) as statements:
            page = visitor.get("/")
        assert page.status_code == 200
        assert LISTED.findall(page.text) == [str(tenant) for tenant in tenants[:present]]
        assert len(statements) == 1


def test_a_suspended_district_is_not_listed(installation: Any) -> None:
    app, visitor = installation.app, browser(installation.app)
    add(app, 990201)
    assert "990201" in LISTED.findall(visitor.get("/").text)
    with app.app_context(), tenancy.enter(990201):
        with transaction():
            onboarding.suspend(SYSTEM, 990201)
        db.session.remove()
    assert "990201" not in LISTED.findall(visitor.get("/").text)
