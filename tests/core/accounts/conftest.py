"""People of a test's own, and two requests at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.accounts import service
from core.accounts.models import RoleGrant, UserAccount
from core.accounts.permissions import Role
from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM, District

Race = Callable[..., list[Any]]
Acts = Callable[[str], list[Any]]


@pytest.fixture
def add(district: District) -> Callable[..., UUID]:
    """Add a person with a role at a place; return the id of the grant."""

    def add(place: str, role: Role = "staff", **about: Any) -> UUID:
        with district.entered():
            at = district.place(place)
            user = service.create_user(SYSTEM, at, **({"name": "王小明"} | about))
            return service.grant_role(SYSTEM, plugin_host().catalogue, user, at, role).id

    return add


@pytest.fixture
def grant_of(district: District) -> Callable[[str], UUID]:
    """Return the id of the only role of the person with this name."""

    def find(name: str) -> UUID:
        with district.entered():
            query = select(RoleGrant.id).join(UserAccount, UserAccount.id == RoleGrant.user_id)
            return db.session.execute(query.where(UserAccount.name == name)).scalar_one()

    return find


@pytest.fixture
def change(district: District) -> Callable[[str], None]:
    """Change this district's rows behind the application's back."""

    def run(statement: str) -> None:
        with district.entered():
            db.session.connection().execute(text(statement), {"tenant": district.tenant})

    return run


@pytest.fixture
def acts(district: District) -> Acts:
    """Return what each act of this name left, as the audit log has it, the oldest first."""

    def find(action: str) -> list[Any]:
        with district.entered():
            query = (
                select(AuditPayload.after)
                .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
                .where(AuditEntry.action == action)
                .order_by(AuditEntry.id)
            )
            return list(db.session.execute(query).scalars())

    return find


@pytest.fixture
def race(district: District) -> Race:
    """Hold rows locked until every call waits for them, then let all go at once."""

    def run(lock: str, *calls: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(len(calls)) as pool:
            with district.entered():
                db.session.connection().execute(text(lock), {"tenant": district.tenant})
                answers = [pool.submit(call) for call in calls]
                until = time.monotonic() + 20
                while _waiting() < len(calls) and time.monotonic() < until:
                    time.sleep(0.02)
                assert _waiting() == len(calls)
            return [answer.result() for answer in answers]

    return run


def _waiting() -> int:
    query = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    return db.session.connection().execute(query).scalar_one()
