"""Two districts and two communities with the same titles, names, phones: none shows in the other.

Since everything has the same names, what counts is ids and numbers of rows: no page of one place
may hold the id of anything that belongs to another.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from core.accounts.models import RoleGrant, UserAccount
from core.accounts.service import create_user
from core.audit import attempt
from core.db import db
from core.tenancy import onboarding
from core.testing import world
from core.testing.world import SYSTEM, Browser, District
from core.web.gate import SESSION_KEY

UUIDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
PASSWORDS = ("correct-horse-1", "correct-horse-2")
PHONE = "13812345678"


@dataclass
class Twin:
    """A community with activities, sign-ups and people like those of the others."""

    spot: Any
    draft: str
    published: str
    sign_up: str
    volunteer: str
    grant: str
    ids: set[str]
    admin: Browser

    @property
    def code(self) -> str:
        return str(self.spot.code)

    def paths(self) -> list[str]:
        """Every page of this community that shows something of it."""
        volunteer = f"/{self.code}/volunteer"
        return [
            f"/{self.code}",
            f"/{self.code}/-/",
            f"/{self.code}/-/places",
            f"/{self.code}/-/apps",
            f"/{self.code}/-/apps/volunteer",
            f"/{self.code}/-/people?size=100",
            f"/{self.code}/-/people/{self.grant}",
            f"/{self.code}/-/audit?size=100",
            f"/{self.code}/-/audit?outcome=done&size=100",
            f"/{self.code[:6]}/-/me",
            f"{volunteer}/",
            f"{volunteer}/?title=清扫",
            f"{volunteer}/?status=draft",
            f"{volunteer}/?status=published",
            f"{volunteer}/new",
            f"{volunteer}/{self.draft}",
            f"{volunteer}/{self.published}",
            f"{volunteer}/{self.draft}/edit",
            f"{volunteer}/{self.published}/cancel",
            f"{volunteer}/{self.published}/sign-ups/{self.sign_up}/withdraw",
            f"{volunteer}/{self.published}/attendance",
            f"{volunteer}/{self.published}/code",
            f"{volunteer}/people",
            f"{volunteer}/people/{self.volunteer}",
            f"{volunteer}/check-in/{self.published}",
            f"{volunteer}/open",
            f"{volunteer}/open/{self.published}",
        ]


@dataclass
class Twins:
    here: Twin
    next_door: Twin
    elsewhere: Twin

    def others(self, one: Twin) -> list[Twin]:
        return [twin for twin in (self.here, self.next_door, self.elsewhere) if twin is not one]


@pytest.fixture(scope="module")
def twins(app: Flask, pair: tuple[District, District], kit: Any) -> Twins:
    one, other = pair
    for district in pair:
        alike(district)
    here, next_door = one.communities[:2]
    made = [
        twin(kit, district, code)
        for district, code in ((one, here), (one, next_door), (other, other.communities[0]))
    ]
    return Twins(*made)


def alike(district: District) -> None:
    """Give all communities of a district the same name."""
    with (
        district.entered(),
        attempt(
            SYSTEM, "core.test.rename", object_type="x", object_id="", place_code=district.code
        ),
    ):
        for code in (*district.streets, *district.communities):
            place = district.place(code)
            place.name = place.official_name = "幸福社区" if len(code) == 12 else "幸福街道"
        db.session.flush()


def twin(kit: Any, district: District, code: str) -> Twin:
    district.enable("volunteer", code)
    admin = district.person("administrator", code, name="周敏")
    spot = kit.spot(district, code)
    draft, published = spot.draft(), spot.published()
    sign_up = spot.sign_up(published, "王芳", PHONE)
    grant = spot.grant("staff", "林晓")
    with district.entered():
        place = district.place(code)
        held = db.session.execute(
            select(RoleGrant.id, RoleGrant.user_id).where(RoleGrant.place_id == place.id)
        ).all()
        ids = {str(id_) for row in held for id_ in row} | {str(place.id)}
    volunteer = spot.volunteer(sign_up)
    made = [str(id_) for id_ in (draft, published, sign_up, volunteer)]
    return Twin(spot, *made, str(grant), ids | set(made), admin)


def read(browser: Browser, path: str, status: int = 200) -> str:
    response = browser.get(path)
    assert response.status_code == status, path
    return str(response.text)


class TestPages:
    @pytest.mark.parametrize("name", ["here", "next_door", "elsewhere"])
    def test_no_page_holds_an_id_of_anything_elsewhere(self, twins: Twins, name: str) -> None:
        one: Twin = getattr(twins, name)
        foreign = set().union(*(other.ids for other in twins.others(one)))
        codes = {other.code for other in twins.others(one)}
        seen = set()
        for path in one.paths():
            text = read(one.admin, path)
            seen |= set(UUIDS.findall(text))
            assert not foreign & set(UUIDS.findall(text)), path
            assert not [code for code in codes if code in text], path
        assert {one.draft, one.published, one.sign_up, one.volunteer, one.grant} <= seen

    def test_each_list_holds_its_own_rows_and_no_more(self, twins: Twins) -> None:
        for one in (twins.here, twins.next_door, twins.elsewhere):
            volunteer = f"/{one.code}/volunteer"
            for path, rows in (
                (f"{volunteer}/", 2),
                (f"{volunteer}/?title=清扫楼道", 2),
                (f"{volunteer}/?status=published", 1),
                (f"/{one.code}/-/people", 2),
                (f"{volunteer}/{one.published}", 1),
            ):
                assert read(one.admin, path).count('<th scope="row"') == rows, path
            assert read(one.admin, f"{volunteer}/open").count("<h3>") == 1
            assert read(one.admin, f"/{one.code}").count("清扫楼道") == 1

    def test_a_visitor_sees_what_is_published_here_and_nothing_else(
        self, twins: Twins, visitor: Browser
    ) -> None:
        for one in (twins.here, twins.next_door, twins.elsewhere):
            volunteer = f"/{one.code}/volunteer/open"
            for path in (f"/{one.code}", volunteer, f"{volunteer}/{one.published}"):
                text = read(visitor, path)
                assert set(UUIDS.findall(text)) <= {one.published}, path
                assert "周敏" not in text
                assert "王芳" not in text
                assert PHONE[-4:] not in text
            read(visitor, f"{volunteer}/{one.draft}", 404)

    def test_the_district_sees_its_own_communities_people_and_log(self, twins: Twins) -> None:
        one, other = twins.here.spot.district, twins.elsewhere.spot.district
        browser = one.person("administrator", one.code)
        theirs = twins.elsewhere.ids
        for path in ("/-/", "/-/places?size=100", "/-/people?size=100", "/-/audit?size=100"):
            text = read(browser, f"/{one.code}{path}")
            assert not theirs & set(UUIDS.findall(text))
            assert other.code not in text
        assert read(browser, f"/{one.code}/-/people?size=100").count("林晓") == 2


class TestDirectIds:
    """An id of elsewhere in an address of one's own place is an id of nothing."""

    @pytest.mark.parametrize("foreign", ["next_door", "elsewhere"])
    @pytest.mark.parametrize("who", ["the community's", "the district's"])
    def test_nothing_is_shown_and_nothing_is_changed(
        self, app: Flask, twins: Twins, kit: Any, foreign: str, who: str
    ) -> None:
        here, other = twins.here, getattr(twins, foreign)
        district = here.spot.district
        browser = (
            here.admin
            if who == "the community's"
            else district.person("administrator", district.code)
        )
        before = [kit.everything(app, d) for d in (district, twins.elsewhere.spot.district)]
        volunteer, people = f"/{here.code}/volunteer", f"/{here.code}/-/people"
        form = kit.form | {"title": "改了"}
        person = {"name": "李雷", "phone": "13700000000"}
        mixed = f"{volunteer}/{here.published}/sign-ups/{other.sign_up}/withdraw"
        for path, data in (
            (f"{volunteer}/{other.draft}", None),
            (f"{volunteer}/{other.published}", None),
            (f"{volunteer}/{other.draft}/edit", None),
            (f"{volunteer}/{other.draft}/edit", form),
            (f"{volunteer}/{other.draft}/publish", {}),
            (f"{volunteer}/{other.published}/cancel", None),
            (f"{volunteer}/{other.published}/cancel", {}),
            (f"{volunteer}/{other.published}/cancel", {"reason": "下雨"}),
            (f"{volunteer}/{other.published}/sign-ups", {}),
            (f"{volunteer}/{other.published}/sign-ups", person),
            (f"{volunteer}/{other.published}/sign-ups/{other.sign_up}/withdraw", None),
            (f"{volunteer}/{other.published}/sign-ups/{other.sign_up}/withdraw", {}),
            (mixed, None),
            (mixed, {}),
            (f"{volunteer}/{here.published}/sign-ups/{other.sign_up}/check-in", {}),
            (f"{volunteer}/{other.published}/sign-ups/{other.sign_up}/check-in", {}),
            (f"{volunteer}/{other.published}/sign-ups/{other.sign_up}/check-out", {}),
            (f"{volunteer}/{other.published}/attendance", None),
            (f"{volunteer}/{other.published}/attendance/walk-in", person),
            (f"{volunteer}/{other.published}/hours", {"line": other.sign_up}),
            (f"{volunteer}/{other.published}/hours/all", {}),
            (f"{volunteer}/{other.published}/code", None),
            (f"{volunteer}/{other.published}/code", {}),
            (f"{volunteer}/check-in/{other.published}", None),
            (f"{volunteer}/check-in/{other.published}", {"phone": PHONE, "code": "000000"}),
            (f"{volunteer}/people/{other.volunteer}", None),
            (f"{volunteer}/people/{other.volunteer}/name", {"name": "x"}),
            (f"{volunteer}/open/{other.published}", None),
            (f"{volunteer}/open/{other.draft}", None),
            (f"{people}/{other.grant}", None),
            (f"{people}/{other.grant}/link", {}),
            (f"{people}/{other.grant}/revoke", {}),
        ):
            response = browser.get(path) if data is None else browser.send(path, data)
            assert response.status_code == 404, (path, data)
            assert "清扫楼道" not in response.text
            assert "王芳" not in response.text
        after = [kit.everything(app, d) for d in (district, twins.elsewhere.spot.district)]
        if who == "the community's":
            assert after == before
        else:
            for tables in (*before, *after):
                for table in ("user_account", "role_grant", "one_time_link"):
                    tables.pop(table)
            assert after == before

    def test_an_id_of_elsewhere_is_answered_like_an_id_of_nothing(self, twins: Twins) -> None:
        def answers(activity: str, sign_up: str, grant: str) -> list[tuple[int, str]]:
            tokens = r'(nonce|content|value)="[^"]{20,}"'
            paths = (
                f"/volunteer/{activity}",
                f"/volunteer/{activity}/edit",
                f"/volunteer/{activity}/sign-ups/{sign_up}/withdraw",
                f"/volunteer/open/{activity}",
                f"/-/people/{grant}",
            )
            got = []
            for path in paths:
                for ask in (twins.here.admin.get, twins.here.admin.send):
                    response = ask(f"/{twins.here.code}{path}", headers={"Accept-Language": "en"})
                    text = UUIDS.sub("", re.sub(tokens, "", response.text))
                    got.append((response.status_code, text))
            return got

        nothing = answers(*(str(uuid4()) for _ in range(3)))
        for other in (twins.next_door, twins.elsewhere):
            assert answers(other.published, other.sign_up, other.grant) == nothing

    def test_the_same_address_below_another_district_is_nothing_either(self, twins: Twins) -> None:
        foreign = twins.elsewhere
        for path in foreign.paths():
            public = path == f"/{foreign.code}" or "/open" in path or "/check-in/" in path
            assert twins.here.admin.get(path).status_code == (200 if public else 404), path


class TestSessions:
    def test_a_session_of_one_district_is_no_session_in_the_other(
        self, twins: Twins, pair: tuple[District, District]
    ) -> None:
        one, other = pair
        browser = one.person("administrator", one.code, name="只在此区")
        assert "只在此区" in read(browser, f"/{one.code}/-/")
        for path in ("/-/", "/-/places", "/-/people", "/-/audit", "/-/apps"):
            read(browser, f"/{other.code}{path}", 404)
        read(browser, f"/{other.code}/-/me", 404)
        assert browser.send(f"/{other.code}/-/sign-out").status_code == 404
        assert "只在此区" not in read(browser, f"/{other.code}")
        assert 'name="password"' in read(browser, f"/{other.code}/-/sign-in")
        assert "只在此区" in read(browser, f"/{one.code}/-/")

    def test_a_ticket_readdressed_to_the_other_district_opens_nothing(
        self, app: Flask, pair: tuple[District, District]
    ) -> None:
        one, other = pair
        browser = one.person("administrator", one.code)
        with browser.session_transaction() as session:
            session[SESSION_KEY] = session[SESSION_KEY].replace(
                f"{one.tenant}.", f"{other.tenant}.", 1
            )
        assert browser.get(f"/{other.code}/-/").status_code == 302
        assert browser.get(f"/{one.code}/-/").status_code == 302

    @pytest.mark.parametrize("change", ["secret", "id", "nonsense", "empty", "dots"])
    def test_a_ticket_that_was_altered_opens_nothing(
        self, pair: tuple[District, District], change: str
    ) -> None:
        one, _other = pair
        browser = one.person("administrator", one.code)
        with browser.session_transaction() as session:
            tenant, id_, secret = session[SESSION_KEY].split(".")
            session[SESSION_KEY] = {
                "secret": f"{tenant}.{id_}.{secret[:-1]}",
                "id": f"{tenant}.{uuid4().hex}.{secret}",
                "nonsense": "nonsense",
                "empty": "",
                "dots": "...",
            }[change]
        assert browser.get(f"/{one.code}/-/").status_code in (302, 404)
        assert read(browser, f"/{one.code}").count("测试员") == 0

    def test_a_cookie_that_was_not_signed_by_us_is_no_session(
        self, pair: tuple[District, District]
    ) -> None:
        one, _other = pair
        browser = one.person("administrator", one.code)
        cookie = browser.get_cookie("linli")
        assert cookie is not None
        browser.set_cookie("linli", cookie.value[:-2])
        assert browser.get(f"/{one.code}/-/").status_code == 302

    def test_the_same_user_name_and_phone_open_each_district_with_its_own_password(
        self, app: Flask, new_district: Callable[[], District]
    ) -> None:
        districts = [new_district(), new_district()]
        for district, password in zip(districts, PASSWORDS, strict=True):
            with district.entered():
                create_user(
                    SYSTEM,
                    district.place(district.code),
                    name="王芳",
                    phone=PHONE,
                    login="wangfang",
                    password=password,
                )
        for account in ("wangfang", PHONE):
            for district, right in zip(districts, PASSWORDS, strict=True):
                for password in PASSWORDS:
                    answer = world.browser(app).send(
                        f"/{district.code}/-/sign-in", {"account": account, "password": password}
                    )
                    assert answer.status_code == (303 if password == right else 401)


class TestLinks:
    def test_a_link_of_one_district_is_none_in_the_other_and_stays_good(
        self, visitor: Browser, new_district: Callable[[], District]
    ) -> None:
        one, other = new_district(), new_district()
        password = {"password": PASSWORDS[0]}
        readdressed = str(one.link).replace(f"{one.tenant}.", f"{other.tenant}.", 1)
        for ticket in (str(one.link), readdressed):
            url = f"/{other.code}/-/link/{ticket}"
            read(visitor, url, 404)
            assert visitor.send(url, password).status_code == 404
        assert visitor.send(f"/{one.code}/-/link/{readdressed}", password).status_code == 404
        assert "区管理员" in read(visitor, f"/{one.code}/-/link/{one.link}")
        assert visitor.send(f"/{one.code}/-/link/{one.link}", password).status_code == 303

    def test_a_phone_that_is_known_elsewhere_is_not_taken_here(
        self, new_district: Callable[[], District]
    ) -> None:
        for district in (new_district(), new_district()):
            admin = district.person("administrator", district.code)
            new = {"name": "王芳", "phone": PHONE, "role": "viewer"}
            assert admin.send(f"/{district.code}/-/people/new", new).status_code == 200
            assert admin.send(f"/{district.code}/-/people/new", new).status_code == 409
            with district.entered():
                assert len(db.session.execute(select(UserAccount)).scalars().all()) == 3


class TestSwitches:
    def test_a_plugin_that_is_off_is_gone_from_every_address_and_menu_and_comes_back(
        self, app: Flask, district: District, community: str, visitor: Browser, kit: Any
    ) -> None:
        spot = kit.spot(district, community)
        district.enable("volunteer", community)
        admin = district.person("administrator", community)
        spot.draft()
        published = spot.published()
        sign_up = spot.sign_up(published)
        values = {
            "activity_id": published,
            "sign_up_id": sign_up,
            "volunteer_id": spot.volunteer(sign_up),
            "place_code": community,
        }
        bound, methods = app.url_map.bind("localhost"), defaultdict(set)
        for rule in app.url_map.iter_rules():
            if rule.endpoint.startswith("plugin-volunteer."):
                arguments = {name: values[name] for name in rule.arguments}
                methods[bound.build(rule.endpoint, arguments)] |= rule.methods or set()
        assert len(methods) == 22
        assert "清扫楼道" in read(visitor, f"/{community}")
        assert f"/{community}/volunteer" in read(admin, f"/{community}/-/")
        before = kit.everything(app, district)

        district.disable("volunteer", community)

        for path in methods:
            for browser in (admin, visitor):
                assert browser.get(path).status_code == (404 if "GET" in methods[path] else 405)
                assert browser.send(path).status_code == (404 if "POST" in methods[path] else 405)
        for path in ("", "/-/", "/-/apps", "/-/places"):
            assert f"/{community}/volunteer" not in read(admin, f"/{community}{path}")
        assert "清扫楼道" not in read(visitor, f"/{community}")
        after = kit.everything(app, district)
        assert after.pop("plugin_enablement") != before.pop("plugin_enablement")
        assert after == before

        district.enable("volunteer", community)
        assert "清扫楼道" in read(visitor, f"/{community}")
        assert read(admin, f"/{community}/volunteer/").count('<th scope="row"') == 2

    def test_a_decision_is_one_districts_own(self, new_district: Callable[[], District]) -> None:
        one, other = new_district(), new_district()
        browsers = {}
        for district in (one, other):
            community = district.communities[0]
            district.enable("volunteer", community)
            browsers[district.code] = district.person("viewer", community)

        one.allow("volunteer", "forbidden")
        read(browsers[one.code], f"/{one.communities[0]}/volunteer/", 404)
        read(browsers[other.code], f"/{other.communities[0]}/volunteer/")

        other.allow("volunteer", "mandatory")
        read(browsers[one.code], f"/{one.communities[0]}/volunteer/", 404)
        read(browsers[other.code], f"/{other.communities[1]}/volunteer/open")

        one.allow("volunteer", "available")
        read(browsers[one.code], f"/{one.communities[0]}/volunteer/")
        read(browsers[one.code], f"/{one.communities[1]}/volunteer/open", 404)

    def test_a_suspended_district_closes_alone(self, new_district: Callable[[], District]) -> None:
        one, other = new_district(), new_district()
        browsers = {d.code: d.person("administrator", d.code) for d in (one, other)}
        with one.entered():
            onboarding.suspend(SYSTEM, one.tenant)
        for path in ("", "/-/", "/-/me", "/-/sign-in"):
            read(browsers[one.code], f"/{one.code}{path}", 503)
        assert browsers[one.code].send(f"/{one.code}/-/me/password").status_code == 503
        read(browsers[other.code], f"/{other.code}/-/")
        with one.entered():
            onboarding.resume(SYSTEM, one.tenant)
        read(browsers[one.code], f"/{one.code}/-/")
