"""Every act leaves an entry: who did what to which object, before and after."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from core.testing.world import Browser, District

ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "2",
    "organiser": "居委会",
    "risks": "无",
}
SAVED = {
    "title": "清扫楼道",
    "status": "draft",
    "starts_at": "2099-05-01T01:00:00+00:00",
    "ends_at": "2099-05-01T03:00:00+00:00",
    "capacity": 2,
}
PUBLISHED = SAVED | {"status": "published"}


class Story:
    """One administrator at work, and what the log says after each step."""

    def __init__(self, district: District, log: Any, browser: Browser) -> None:
        self.district, self.log, self.browser = district, log, browser

    def does(self, url: str, data: dict[str, Any] | None = None, status: int = 303) -> Any:
        response = self.browser.send(url, data)
        assert response.status_code == status, url
        self.request = response.headers["X-Request-ID"]
        return response

    def says(self, *expected: tuple[Any, ...]) -> list[Any]:
        """Check the new entries: action, object, place, before, after; all of this request."""
        found = self.log.new()
        assert [(e.action, e.object, e.place, e.before, e.after) for e in found] == list(expected)
        assert {(e.actor, e.outcome, e.reason) for e in found} == {("周敏", "done", None)}
        assert {e.request for e in found} == {self.request}
        return found


@pytest.fixture
def story(district: District, community: str, log_of: Callable[[District], Any]) -> Story:
    browser = district.person("administrator", community, name="周敏")
    return Story(district, log_of(district), browser)


def test_an_application_is_switched_on_and_off(story: Story, community: str) -> None:
    apps = f"/{community}/-/apps/volunteer"
    here = ("plugin", community)
    off, on = {"enabled": False}, {"enabled": True}

    story.does(f"{apps}/enable")
    story.says(("core.plugin.enable", *here, off, on))
    story.does(f"{apps}/enable")
    story.says(("core.plugin.enable", *here, on, on))
    story.does(f"{apps}/disable")
    story.says(("core.plugin.disable", *here, on, off))


def test_an_activity_from_draft_to_cancelled(story: Story, community: str) -> None:
    story.district.enable("volunteer", community)
    story.log.new()
    here = ("volunteer.activity", community)

    activity = story.does(f"/{community}/volunteer/new", ACTIVITY).location
    (made,) = story.says(("volunteer.activity.create", *here, None, SAVED))
    assert activity.endswith(made.object_id)

    changed = SAVED | {"title": "清扫院子", "capacity": 3}
    story.does(f"{activity}/edit", ACTIVITY | {"title": "清扫院子", "capacity": "3"})
    story.says(("volunteer.activity.change", *here, SAVED, changed))

    story.does(f"{activity}/publish")
    published = changed | {"status": "published"}
    story.says(("volunteer.activity.publish", *here, changed, published))

    story.does(f"{activity}/sign-ups", {"name": "王芳", "phone": "13812345678"})
    (entry,) = story.log.new()
    (sign_up,) = entry.after.values()
    assert (entry.action, entry.before, entry.after) == (
        "volunteer.sign_up.create",
        None,
        {"sign_up": sign_up},
    )

    story.does(f"{activity}/sign-ups/{sign_up}/withdraw")
    story.says(("volunteer.sign_up.withdraw", *here, None, {"sign_up": sign_up}))

    story.does(f"{activity}/cancel", {"reason": "下雨"})
    story.says(("volunteer.activity.cancel", *here, published, published | {"status": "cancelled"}))


def test_a_person_is_added_gets_a_new_link_and_loses_the_role(story: Story, community: str) -> None:
    people = f"/{community}/-/people"
    account = ("user_account", community)

    page = story.does(
        f"{people}/new", {"name": "林晓", "phone": "13812345678", "role": "staff"}, status=200
    )
    found = story.says(
        ("core.account.create", *account, None, {"has_login": False, "has_phone": True}),
        ("core.account.grant", *account, None, {"role": "staff", "place": community}),
        ("core.account.link", *account, None, None),
    )
    assert len({entry.object_id for entry in found}) == 1
    user = found[0].object_id

    listed = story.browser.get(people).text
    grants = [
        grant
        for grant in re.findall(r"/-/people/([0-9a-f-]{36})", listed)
        if "林晓" in story.browser.get(f"{people}/{grant}").text
    ]
    story.does(f"{people}/{grants[0]}/link", status=200)
    (renewed,) = story.says(("core.account.link", *account, None, None))
    assert renewed.object_id == user

    story.does(f"{people}/{grants[0]}/revoke")
    story.says(
        ("core.account.revoke", "role_grant", community, {"user": user, "role": "staff"}, None)
    )
    assert story.log.new() == []
    assert "138****5678" not in page.text


def test_the_district_decides_about_an_application(
    district: District, log_of: Callable[[District], Any]
) -> None:
    story = Story(district, None, district.person("administrator", district.code, name="周敏"))
    story.log = log_of(district)
    for before, after in (("available", "forbidden"), ("forbidden", "mandatory")):
        story.does(f"/{district.code}/-/apps/volunteer/policy", {"policy": after})
        story.says(
            ("core.plugin.allow", "plugin", district.code, {"policy": before}, {"policy": after})
        )


def test_one_signs_in_changes_the_password_and_signs_out(
    district: District, community: str, visitor: Browser, log_of: Callable[[District], Any]
) -> None:
    district.person("viewer", community, name="周敏", login="zhoumin", password="correct-horse-1")
    story = Story(district, log_of(district), visitor)
    own = f"/{district.code}/-"
    account = ("user_account", district.code)

    story.does(f"{own}/sign-in", {"account": "zhoumin", "password": "correct-horse-1"})
    story.says(("core.session.open", *account, None, None))
    story.does(
        f"{own}/me/password", {"old_password": "correct-horse-1", "password": "correct-horse-2"}
    )
    story.says(("core.account.change_password", *account, None, None))
    story.does(f"{own}/sign-out")
    story.says(("core.session.close", *account, None, None))
    story.does(f"{own}/sign-in", {"account": "ZhouMin", "password": "correct-horse-2"})
    story.says(("core.session.open", *account, None, None))
    story.does(f"{own}/me/sign-out-everywhere")
    story.says(("core.session.close_all", *account, None, {"closed": 1, "tokens_revoked": 0}))


def test_a_link_is_used(
    district: District, visitor: Browser, log_of: Callable[[District], Any]
) -> None:
    log = log_of(district)
    url = f"/{district.code}/-/link/{district.link}"

    assert visitor.get(url).status_code == 200
    assert log.new() == []
    assert visitor.send(url, {"password": "correct-horse-1"}).status_code == 303

    (used,) = log.new()
    assert used.short == ("区管理员", "core.account.use_link", "done", None)
    assert used.after == {"tokens_revoked": 0}


def test_looking_leaves_no_entry(story: Story, community: str) -> None:
    story.district.enable("volunteer", community)
    story.log.new()
    for path in ("", "/-/", "/-/places", "/-/apps", "/-/people", "/-/audit", "/volunteer/"):
        assert story.browser.get(f"/{community}{path}").status_code == 200
    assert story.log.new() == []


def test_the_log_holds_no_phone_number_and_no_secret(story: Story, community: str) -> None:
    story.district.enable("volunteer", community)
    activity = story.does(f"/{community}/volunteer/new", ACTIVITY).location
    story.does(f"{activity}/publish")
    story.does(f"{activity}/sign-ups", {"name": "王芳", "phone": "138 1234 5678"})
    page = story.does(
        f"/{community}/-/people/new",
        {"name": "林晓", "phone": "139-1234-5678", "role": "viewer"},
        status=200,
    )
    secret = unescape(page.text).partition("/-/link/")[2].partition("<")[0].rpartition(".")[2]
    assert len(secret) > 30
    story.log.read = 0
    whole = repr(story.log.new())
    assert "volunteer.sign_up.create" in whole
    for private in ("12345678", "1234 5678", "1234-5678", "王芳", "林晓", secret):
        assert private not in whole
