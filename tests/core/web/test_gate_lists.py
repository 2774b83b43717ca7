"""Every list costs the same number of statements with one row and with thirty."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import pytest
from flask import Flask

from core.accounts import service as accounts
from core.audit import attempt
from core.clock import DISTRICT_ZONE
from core.db import db
from core.places.models import Place
from core.plugin_host.host import plugin_host
from core.testing.statements import recorded
from core.testing.world import SYSTEM, Browser, District
from plugins.volunteer import service as volunteer

MANY = 30
ROW = re.compile(r'<th scope="row"')
ITEM = re.compile(r'<li class="public-item">')
LINK = re.compile(r'<li><a href="/\w+(?:/-/)?">')


@dataclass
class Here:
    """A community that is filled row by row."""

    district: District
    community: str
    made: int = 0

    def activity(self) -> str:
        self.made += 1
        with self.district.entered():
            place = self.district.place(self.community).view
            activity = volunteer.create(
                SYSTEM,
                place,
                {
                    "title": f"活动{self.made}",
                    "description": "描述",
                    "location": "门口",
                    "starts_at": datetime(2099, 5, 1, 9, self.made, tzinfo=DISTRICT_ZONE),
                    "ends_at": datetime(2099, 5, 1, 11, tzinfo=DISTRICT_ZONE),
                    "capacity": 99,
                    "organiser": "居委会",
                    "risks": "无",
                },
            ).id
            volunteer.publish(SYSTEM, place, activity)
        return str(activity)

    def sign_up(self, activity: str) -> None:
        self.made += 1
        with self.district.entered():
            place = self.district.place(self.community).view
            volunteer.sign_up(
                SYSTEM,
                place,
                activity,
                f"人{self.made}",
                f"150{self.made:08}",
            )

    def person(self) -> None:
        self.made += 1
        with self.district.entered():
            place = self.district.place(self.community)
            user = accounts.create_user(
                SYSTEM, place, name=f"人{self.made}", phone=f"150{self.made:08}"
            )
            accounts.grant_role(SYSTEM, plugin_host().catalogue, user, place, "viewer")

    def entry(self) -> None:
        with (
            self.district.entered(),
            attempt(
                SYSTEM, "core.test.act", object_type="x", object_id="", place_code=self.community
            ),
        ):
            pass

    def grid(self) -> None:
        self.made += 1
        code = f"{self.community}G{self.made:02}"
        with (
            self.district.entered(),
            attempt(SYSTEM, "core.test.add", object_type="place", object_id=code, place_code=code),
        ):
            parent = self.district.place(self.community)
            db.session.add(
                Place(code=code, kind="grid", name=code, official_name=code, parent_id=parent.id)
            )


@pytest.fixture
def here(district: District, community: str) -> Here:
    district.enable("volunteer", community)
    return Here(district, community)


def same(
    app: Flask, who: Browser, path: str, pattern: re.Pattern[str], add: Callable[[], object]
) -> None:
    """Ask with one row more than now, and with thirty more, and compare."""

    def look() -> tuple[int, list[str]]:
        who.get(path)
        with app.app_context():
            engine = db.engine
        with recorded(engine) as statements:
            page = who.get(path)
        assert page.status_code == 200
        shapes = [re.sub(r"IN \([^)]*\)", "IN (…)", statement) for statement in statements]
        return len(pattern.findall(page.text)), shapes

    add()
    rows, with_one = look()
    for _ in range(MANY - 1):
        add()
    more, with_many = look()

    assert rows >= 1
    assert more == rows + MANY - 1
    assert with_many == with_one


def test_activities(app: Flask, here: Here) -> None:
    admin = here.district.person("staff", here.community)
    same(app, admin, f"/{here.community}/volunteer/", ROW, here.activity)


def test_activities_that_were_searched_for(app: Flask, here: Here) -> None:
    admin = here.district.person("staff", here.community)
    path = f"/{here.community}/volunteer/?title=活动&status=published"
    same(app, admin, path, ROW, here.activity)


def test_published_activities(app: Flask, here: Here, visitor: Browser) -> None:
    path = f"/{here.community}/volunteer/open?size=50"
    same(app, visitor, path, ITEM, here.activity)


def test_sign_ups(app: Flask, here: Here) -> None:
    admin = here.district.person("staff", here.community)
    activity = here.activity()
    path = f"/{here.community}/volunteer/{activity}"
    same(app, admin, path, ROW, lambda: here.sign_up(activity))


def test_people(app: Flask, here: Here) -> None:
    admin = here.district.person("administrator", here.community)
    same(app, admin, f"/{here.community}/-/people", ROW, here.person)


def test_the_audit_log(app: Flask, here: Here) -> None:
    auditor = here.district.person("auditor", here.community)
    same(app, auditor, f"/{here.community}/-/audit?size=100", ROW, here.entry)


def test_places(app: Flask, here: Here) -> None:
    viewer = here.district.person("viewer", here.community)
    same(app, viewer, f"/{here.community}/-/places?size=100", ROW, here.grid)


def test_the_overview_of_a_place(app: Flask, here: Here) -> None:
    viewer = here.district.person("viewer", here.community)
    same(app, viewer, f"/{here.community}/-/", LINK, here.grid)


def test_the_page_of_a_street_for_everybody(
    app: Flask, new_district: Callable[[], District], visitor: Browser
) -> None:
    """The children of a street: compared between streets of different sizes.

    Place and children take two statements; Evaluation asks for the street's own result and for
    the latest season that it shows.
    """
    with app.app_context():
        engine = db.engine
    sizes: dict[int, int] = {}
    while len(sizes) < 2:
        district = new_district()
        for street in district.streets:
            visitor.get(f"/{street}")
            with recorded(engine) as statements:
                page = visitor.get(f"/{street}")
            rows = len(LINK.findall(page.text.partition("place-links")[2]))
            assert rows == sum(code.startswith(street) for code in district.communities)
            sizes[rows] = len(statements)
    assert set(sizes.values()) == {4}


def test_the_applications_of_a_district(app: Flask, here: Here) -> None:
    """However many communities use one."""
    admin = here.district.person("administrator", here.district.code)
    path = f"/{here.district.code}/-/apps/volunteer"
    counts = []
    for communities in (here.district.communities[:1], here.district.communities[:20]):
        for community in communities:
            here.district.enable("volunteer", community)
        admin.get(path)
        with app.app_context():
            engine = db.engine
        with recorded(engine) as statements:
            assert str(len(communities)) in admin.get(path).text
        counts.append(len(statements))
    assert counts[0] == counts[1]
