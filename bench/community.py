"""The benchmarked community: Volunteer on, activities published, courtyards, somebody signed in."""

from __future__ import annotations

from dataclasses import dataclass

from bench.site import Site
from core.audit import attempt
from core.db import db
from core.places.models import Place
from core.testing import world
from core.testing.world import SYSTEM, Browser, District

DISTRICT = "510114"
ACTIVITIES = 20
COURTYARDS = 20
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}

_ACTIVITIES = "/plugins/volunteer/activities"
_ACTIVITY = {
    "description": "请自带手套；工具由社区提供。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "20",
    "organiser": "居委会",
    "risks": "无",
}


@dataclass(frozen=True)
class Community:
    """Its pages, and two browsers: of a signed-in administrator and of a visitor.

    ``resource`` is its address in the API, ``activity_resource`` that of one of its activities, and
    ``token`` opens both. ``empty_home`` is the home page of its neighbour, below which nothing is
    entered.
    """

    home: str
    empty_home: str
    activities: str
    public: str
    resource: str
    activity_resource: str
    token: str
    administrator: Browser
    visitor: Browser


def prepare(site: Site) -> Community:
    """Make the community in ``site``, through the pages that people use where there are any."""
    district = world.onboard(site.app, DISTRICT)
    code = district.communities[0]
    neighbour = district.neighbour(code)
    administrator = district.person("administrator", code[:9], name="王秀兰")
    for community in (code, neighbour):
        _expect(administrator.send(f"/{community}/-/apps/volunteer/enable").status_code, 303)
    for number in range(1, ACTIVITIES + 1):
        data = {"title": f"第 {number} 次清扫楼道", **_ACTIVITY}
        made = administrator.send(f"/{code}/volunteer/new", data)
        _expect(made.status_code, 303)
        _expect(administrator.send(f"{made.location}/publish").status_code, 303)
        activity = made.location.rpartition("/")[2]
    _add_courtyards(district, code)
    site.analyse()
    found = Community(
        home=f"/{code}/-/",
        empty_home=f"/{neighbour}/-/",
        activities=f"/{code}/volunteer/",
        public=f"/{code}",
        resource=f"/api/v1/places/{code}",
        activity_resource=f"/api/v1/places/{code}{_ACTIVITIES}/{activity}",
        token=str(district.program("administrator", code).token),
        administrator=administrator,
        visitor=world.browser(site.app),
    )
    _expect_texts(found)
    return found


def _add_courtyards(district: District, code: str) -> None:
    with (
        district.entered(),
        attempt(SYSTEM, "core.place.create", object_type="place", object_id=code, place_code=code),
    ):
        parent = district.place(code)
        for number in range(1, COURTYARDS + 1):
            name = f"幸福里 {number} 号院"
            db.session.add(
                Place(
                    code=f"{code}C{number:03}",
                    kind="courtyard",
                    parent_id=parent.id,
                    name=name,
                    official_name=name,
                )
            )


def _expect_texts(community: Community) -> None:
    """See that the pages are the ones that the benchmark is about."""
    admin, visitor = community.administrator, community.visitor
    for browser, url, text, times in (
        (admin, community.home, "志愿活动", 2),
        (admin, community.home, "幸福里", COURTYARDS),
        (admin, community.empty_home, "志愿活动", 2),
        (admin, community.activities, "次清扫楼道", ACTIVITIES),
        (visitor, community.public, "次清扫楼道", 5),
    ):
        page = browser.get(url, headers=CHINESE)
        _expect(page.status_code, 200)
        if page.text.count(text) < times:
            raise RuntimeError(f"{url} does not show {text!r} {times} times")


def _expect(status: int, wanted: int) -> None:
    if status != wanted:
        raise RuntimeError(f"preparing the community: status {status} instead of {wanted}")
