"""Roles: nobody gives or takes beyond what they hold, and a district keeps an administrator."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from core.accounts import service
from core.accounts.actor import Actor, Held
from core.accounts.models import OneTimeLink, RoleGrant
from core.accounts.permissions import ACCOUNT_MANAGE
from core.db import db
from core.errors import Forbidden
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM, District

NEW = {"name": "李小红", "phone": "13912345678", "role": "viewer"}


def test_a_community_administrator_grants_at_home_alone(district: District, community: str) -> None:
    admin = district.person("administrator", community)
    before = _count(district, RoleGrant)
    for place in (community[:9], district.code, district.neighbour(community)):
        assert admin.get(f"/{place}/-/people").status_code == 404
        assert admin.send(f"/{place}/-/people/new", NEW).status_code == 404
    assert _count(district, RoleGrant) == before

    answer = admin.send(f"/{community}/-/people/new", NEW | {"role": "administrator"})

    assert answer.status_code == 200
    assert _count(district, RoleGrant) == before + 1


def test_nobody_grants_what_they_do_not_hold(
    district: District, community: str, add: Callable[..., UUID]
) -> None:
    grant = add(community, login="wang.xm")
    holder = Held(community, "helper", frozenset({ACCOUNT_MANAGE}))
    with district.entered():
        place, above = district.place(community), district.place(community[:9])
        user = service.grant_at(place, grant).user_id
        person = db.session.get_one(service.UserAccount, (district.tenant, user))
        actor, catalogue = Actor(user, "王小明", (holder,)), plugin_host().catalogue
        with pytest.raises(Forbidden) as beyond:
            service.grant_role(actor, catalogue, person, place, "administrator")
        with pytest.raises(Forbidden) as elsewhere:
            service.grant_role(actor, catalogue, person, above, "viewer")

    assert (beyond.value.field, elsewhere.value.permission) == ("role", ACCOUNT_MANAGE)


@pytest.mark.parametrize("role", ["staff", "viewer"])
def test_staff_do_not_see_the_people_pages(
    role: Any, district: District, community: str, add: Callable[..., UUID]
) -> None:
    someone, grant = district.person(role, community), add(community, login="wang.xm")
    people = f"/{community}/-/people"

    seen = [someone.get(f"{people}{page}").status_code for page in ("", "/new", f"/{grant}")]
    done = [someone.send(f"{people}/new", NEW).status_code]
    done += [someone.send(f"{people}/{grant}/{act}").status_code for act in ("link", "revoke")]

    assert (seen, done) == ([403] * 3, [403] * 3)


def test_a_link_for_somebody_who_holds_more_is_refused(
    district: District, community: str, add: Callable[..., UUID]
) -> None:
    grant, equal = add(community, login="wang.xm"), add(community, "administrator", login="li.xh")
    admin = district.person("administrator", community)
    with district.entered():
        user_id = service.grant_at(district.place(community), grant).user_id
        user = db.session.get_one(service.UserAccount, (district.tenant, user_id))
        above, catalogue = district.place(community[:9]), plugin_host().catalogue
        service.grant_role(SYSTEM, catalogue, user, above, "viewer")
    before = _count(district, OneTimeLink)

    assert admin.send(f"/{community}/-/people/{grant}/link").status_code == 403
    assert _count(district, OneTimeLink) == before
    assert admin.send(f"/{community}/-/people/{equal}/link").status_code == 200


def test_a_role_granted_elsewhere_is_not_found_here(
    district: District,
    community: str,
    add: Callable[..., UUID],
    new_district: Callable[[], District],
) -> None:
    other = new_district()
    next_door = add(district.neighbour(community), login="wang.xm")
    admin = district.person("administrator", district.code)
    with other.entered():
        theirs = db.session.execute(select(RoleGrant.id)).scalar_one()

    for grant in (next_door, theirs):
        assert admin.get(f"/{community}/-/people/{grant}").status_code == 404
        assert admin.send(f"/{community}/-/people/{grant}/revoke").status_code == 404
        assert admin.send(f"/{community}/-/people/{grant}/link").status_code == 404
    place = district.neighbour(community)
    assert admin.send(f"/{place}/-/people/{next_door}/revoke").status_code == 303
    assert admin.send(f"/{place}/-/people/{next_door}/revoke").status_code == 404


def test_a_role_that_was_taken_away_is_gone_at_once(
    district: District, community: str, grant_of: Callable[[str], UUID]
) -> None:
    admin = district.person("administrator", community)
    someone = district.person("staff", community, name="王小明")
    assert someone.get(f"/{community}/-/").status_code == 200

    answer = admin.send(f"/{community}/-/people/{grant_of('王小明')}/revoke")

    assert (answer.status_code, answer.location) == (303, f"/{community}/-/people")
    assert someone.get(f"/{community}/-/").status_code == 404


def test_the_last_administrator_of_a_district_is_kept(
    district: District, grant_of: Callable[[str], UUID]
) -> None:
    admin = district.person("administrator", district.code, name="王小明")
    people = f"/{district.code}/-/people"
    assert admin.send(f"{people}/{grant_of('区管理员')}/revoke").status_code == 303

    assert admin.send(f"{people}/{grant_of('王小明')}/revoke").status_code == 409
    assert _count(district, RoleGrant) == 1


def test_two_administrators_who_revoke_each_other_at_once_leave_one(
    district: District, grant_of: Callable[[str], UUID], race: Callable[..., list[Any]]
) -> None:
    wang = district.person("administrator", district.code, name="王小明")
    li = district.person("administrator", district.code, name="李小红")
    people = f"/{district.code}/-/people"
    of_wang, of_li = grant_of("王小明"), grant_of("李小红")
    assert wang.send(f"{people}/{grant_of('区管理员')}/revoke").status_code == 303

    answers = race(
        "SELECT 1 FROM role_grant WHERE role_grant.tenant_id = :tenant FOR UPDATE",
        lambda: wang.send(f"{people}/{of_li}/revoke").status_code,
        lambda: li.send(f"{people}/{of_wang}/revoke").status_code,
    )

    assert sorted(answers) == [303, 409]
    assert _count(district, RoleGrant) == 1


def _count(district: District, model: type[Any]) -> int:
    with district.entered():
        return db.session.execute(select(func.count()).select_from(model)).scalar_one()
