"""A refusal is recorded after its rollback: the entry is there, the change is not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from core.accounts.models import RoleGrant, UserAccount
from core.audit import UnauditedChange, attempt
from core.db import db
from core.errors import Conflict
from core.plugin_host import queries as switches
from core.testing.world import SYSTEM, Browser, District
from core.web.refusals import record_refusal

ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "1",
    "organiser": "居委会",
    "risks": "无",
}


def people(district: District) -> int:
    with district.entered():
        return db.session.execute(select(func.count()).select_from(UserAccount)).scalar_one()


def status_of(district: District, activity: str) -> tuple[str, str]:
    with district.entered():
        row = db.session.execute(
            text(
                "SELECT a.status, a.title FROM p_volunteer__activity AS a"
                " WHERE a.tenant_id = :tenant AND a.id = :id"
            ),
            {"tenant": district.tenant, "id": activity.rpartition("/")[2]},
        ).one()
        return row.status, row.title


@pytest.mark.parametrize(
    ("role", "path", "permission"),
    [
        ("viewer", "/-/people", "core.account.view"),
        ("staff", "/-/audit", "core.audit.view"),
        ("auditor", "/-/people/new", "core.account.manage"),
        ("auditor", "/volunteer/", "volunteer.activity.view"),
        ("viewer", "/volunteer/new", "volunteer.activity.edit"),
    ],
)
def test_a_page_that_ones_role_does_not_include(
    district: District,
    community: str,
    log_of: Callable[[District], Any],
    role: Any,
    path: str,
    permission: str,
) -> None:
    district.enable("volunteer", community)
    browser = district.person(role, community, name="林晓")
    log = log_of(district)

    refused = browser.get(f"/{community}{path}")

    assert refused.status_code == 403
    (entry,) = log.new()
    assert entry.short == ("林晓", permission, "refused", "forbidden")
    assert (entry.object, entry.place) == ("page", community)
    assert entry.request == refused.headers["X-Request-ID"]
    assert (entry.before, entry.after) == (None, None)


def test_a_form_that_ones_role_does_not_include_changes_nothing(
    district: District, community: str, log_of: Callable[[District], Any]
) -> None:
    browser = district.person("staff", community, name="林晓")
    log = log_of(district)

    assert browser.send(f"/{community}/-/apps/volunteer/enable").status_code == 403

    assert [e.short for e in log.new()] == [("林晓", "core.plugin.enable", "refused", "forbidden")]
    with district.entered():
        assert switches.enabled_at(district.place(community).id) == frozenset()


def test_an_application_that_the_district_forbids(
    district: District, community: str, log_of: Callable[[District], Any]
) -> None:
    browser = district.person("administrator", community, name="周敏")
    district.allow("volunteer", "forbidden")
    log = log_of(district)

    assert browser.send(f"/{community}/-/apps/volunteer/enable").status_code == 409

    assert [e.short for e in log.new()] == [("周敏", "core.plugin.enable", "refused", "conflict")]
    with district.entered():
        assert switches.enabled_at(district.place(community).id) == frozenset()


def test_refused_steps_of_an_activity_say_what_was_tried_and_leave_it_as_it_was(
    district: District, community: str, log_of: Callable[[District], Any]
) -> None:
    district.enable("volunteer", community)
    browser = district.person("staff", community, name="林晓")
    activity = browser.send(f"/{community}/volunteer/new", ACTIVITY).location
    assert browser.send(f"{activity}/publish").status_code == 303
    assert (
        browser.send(f"{activity}/sign-ups", {"name": "王芳", "phone": "13812345678"}).status_code
        == 303
    )
    log = log_of(district)

    def refused(url: str, data: dict[str, Any], status: int, action: str, reason: str) -> None:
        assert browser.send(url, data).status_code == status
        assert [e.short for e in log.new()] == [("林晓", action, "refused", reason)]
        assert status_of(district, activity)[0] == "published"

    refused(f"{activity}/publish", {}, 409, "volunteer.activity.publish", "conflict")
    someone = {"name": "李雷", "phone": "13812345679"}
    refused(f"{activity}/sign-ups", someone, 409, "volunteer.sign_up.create", "conflict")
    again = {"name": "王芳", "phone": "138 1234 5678"}
    refused(f"{activity}/sign-ups", again, 409, "volunteer.sign_up.create", "conflict")
    unreachable = {"name": "李雷", "phone": "12345"}
    refused(f"{activity}/sign-ups", unreachable, 422, "volunteer.sign_up.create", "invalid")


def test_a_refusal_tells_the_state_it_met_but_not_what_was_wanted(
    district: District, community: str, log_of: Callable[[District], Any]
) -> None:
    district.enable("volunteer", community)
    browser = district.person("staff", community, name="林晓")
    activity = browser.send(f"/{community}/volunteer/new", ACTIVITY).location
    browser.send(f"{activity}/cancel", {"reason": "下雨"})
    log = log_of(district)

    assert browser.send(f"{activity}/edit", ACTIVITY | {"title": "别的"}).status_code == 409

    (entry,) = log.new()
    assert entry.before["status"] == "cancelled"
    assert entry.after is None
    assert status_of(district, activity) == ("cancelled", "清扫楼道")


def test_of_an_act_in_two_steps_nothing_stays_when_the_second_is_refused(
    district: District, community: str, log_of: Callable[[District], Any]
) -> None:
    """The account was made and the role refused: the account is gone again."""
    admin = district.person("administrator", community, name="周敏")
    district.person("viewer", community, name="李雷")
    before, log = people(district), log_of(district)
    taken = {"name": "新人", "phone": "13800000000", "role": "viewer"}
    assert admin.send(f"/{community}/-/people/new", taken).status_code == 409
    assert [e.short for e in log.new()] == [("周敏", "core.account.create", "refused", "conflict")]
    assert people(district) == before


@pytest.mark.parametrize(
    ("account", "actor"),
    [("zhoumin", "周敏"), ("13811112222", "anonymous"), ("nobody", "anonymous")],
)
def test_a_failed_sign_in(
    district: District,
    community: str,
    visitor: Browser,
    log_of: Callable[[District], Any],
    account: str,
    actor: str,
) -> None:
    district.person("viewer", community, name="周敏", login="zhoumin", password="correct-horse-1")
    log = log_of(district)

    failed = visitor.send(
        f"/{district.code}/-/sign-in", {"account": account, "password": "wrong-horse-1"}
    )

    assert failed.status_code == 401
    (entry,) = log.new()
    assert entry.short == (actor, "core.session.open", "refused", "sign_in_failed")
    assert entry.place == district.code
    assert account not in repr(entry).replace("core.session.open", "")


def test_a_used_and_a_forged_link(
    district: District, visitor: Browser, log_of: Callable[[District], Any]
) -> None:
    url = f"/{district.code}/-/link/{district.link}"
    password = {"password": "correct-horse-1"}
    assert visitor.send(url, password).status_code == 303
    log = log_of(district)
    assert visitor.send(url, password).status_code == 409
    assert visitor.send(url[:-1], password).status_code == 404
    assert visitor.send(url, {"password": "short"}).status_code in (409, 422)
    assert all(entry.outcome == "refused" for entry in log.new())


def test_what_is_not_ones_business_is_not_written_down(
    district: District, community: str, visitor: Browser, log_of: Callable[[District], Any]
) -> None:
    browser = district.person("staff", community)
    neighbour = district.neighbour(community)
    log = log_of(district)
    assert browser.get(f"/{neighbour}/-/").status_code == 404
    assert browser.get(f"/{community}/volunteer/").status_code == 404
    assert browser.get(f"/{community[:9]}999/-/").status_code == 404
    assert visitor.get(f"/{community}/-/").status_code == 302
    assert browser.send(f"/{district.code}/-/me/password").status_code == 422
    assert log.new() == []


def test_an_error_of_ours_leaves_neither_change_nor_entry(
    district: District, log_of: Callable[[District], Any]
) -> None:
    log = log_of(district)

    def work() -> None:
        with (
            district.entered(),
            attempt(
                SYSTEM, "core.test.change", object_type="x", object_id="", place_code=district.code
            ),
        ):
            db.session.add(UserAccount(name="新人", login="newcomer"))
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert (log.new(), people(district)) == ([], 1)


def test_a_refusal_in_a_service_is_written_when_the_unit_of_work_is_over(
    app: Flask, district: District, log_of: Callable[[District], Any]
) -> None:
    log = log_of(district)

    def work() -> None:
        with (
            district.entered(),
            attempt(
                SYSTEM, "core.test.change", object_type="x", object_id="7", place_code=district.code
            ) as act,
        ):
            act.before, act.after = {"a": 1}, {"a": 2}
            db.session.add(UserAccount(name="新人", login="newcomer"))
            db.session.flush()
            raise Conflict("no")

    with pytest.raises(Conflict) as refused:
        work()
    assert log.new() == []
    with district.entered():
        record_refusal(refused.value)

    (entry,) = log.new()
    assert entry.short == ("tests", "core.test.change", "refused", "conflict")
    assert (entry.before, entry.after, entry.object_id) == ({"a": 1}, None, "7")
    assert people(district) == 1


def test_what_nobody_records_cannot_be_committed(district: District) -> None:
    def work() -> None:
        with district.entered():
            for grant in db.session.execute(select(RoleGrant)).scalars():
                db.session.delete(grant)

    with pytest.raises(UnauditedChange):
        work()
    with district.entered():
        assert db.session.execute(select(func.count()).select_from(RoleGrant)).scalar_one() == 1
