"""Whom one may appoint, what people are called, and who works where."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from flask_babel import force_locale

from core.accounts import service
from core.accounts.actor import Actor, Held
from core.accounts.permissions import Role
from core.db import db
from core.plugin_host.host import plugin_host
from core.privacy import service as privacy
from core.sdk import PlaceView, Subject, account_names, account_of, colleagues
from core.testing.statements import recorded
from core.testing.world import SYSTEM, District

PHONE = "13700001111"


def add(district: District, name: str, *roles: tuple[str, Role], phone: str | None = None) -> UUID:
    """Add a person with these roles at these places."""
    with district.entered():
        login = None if phone else f"u{uuid4().hex[:12]}"
        at = district.place(roles[0][0])
        user = service.create_user(SYSTEM, at, name=name, login=login, phone=phone)
        for code, role in roles:
            service.grant_role(SYSTEM, plugin_host().catalogue, user, district.place(code), role)
        return user.id


def listed(district: District, code: str) -> list[tuple[str, str, str]]:
    with district.entered():
        found = colleagues(district.place(code).view)
        return [(one.name, one.place.code, one.role) for one in found]


def test_colleagues_work_above_or_below_and_stand_there_once(
    new_district: Callable[[], District],
) -> None:
    district = next(made for made in iter(new_district, None) if len(made.streets) > 1)
    community = district.communities[0]
    street, neighbour = community[:9], district.neighbour(community)
    other_street = next(code for code in district.streets if code != street)
    add(district, "丁", (district.code, "viewer"))
    add(district, "甲", (community, "administrator"), (street, "staff"))
    add(district, "乙", (neighbour, "staff"))
    add(district, "乙", (community, "staff"))
    add(district, "丙", (other_street, "staff"), (community, "auditor"))
    add(district, "戊", (other_street, "administrator"))
    elsewhere = new_district()
    add(elsewhere, "己", (elsewhere.code, "staff"))

    chief = ("区管理员", district.code, "administrator")
    top = ("丁", district.code, "viewer")
    assert listed(district, street) == [
        top,
        ("丙", community, "auditor"),
        ("乙", community, "staff"),
        ("乙", neighbour, "staff"),
        chief,
        ("甲", street, "staff"),
    ]
    assert listed(district, neighbour) == [
        top,
        ("乙", neighbour, "staff"),
        chief,
        ("甲", street, "staff"),
    ]
    assert ("戊", other_street, "administrator") in listed(district, district.code)
    with district.entered():
        place = district.place(street).view
        with recorded(db.engine) as statements, force_locale("en"):
            assert {one.role_label for one in colleagues(place)} == {
                "Administrator",
                "Auditor",
                "Staff",
                "Viewer",
            }
        assert len(statements) == 1


def test_who_was_erased_has_no_name_and_is_no_colleague(
    district: District, new_district: Callable[[], District], community: str
) -> None:
    kept = add(district, "甲", (community, "staff"))
    gone = add(district, "乙", (community, "staff"), phone=PHONE)
    elsewhere = new_district()
    foreign = add(elsewhere, "丙", (elsewhere.code, "staff"), phone=PHONE)
    with district.entered():
        assert account_names([kept, gone, foreign, uuid4()]) == {kept: "甲", gone: "乙"}
        assert account_of(Subject(PHONE)) == gone
        privacy.erase_person(SYSTEM, plugin_host(), district.place(district.code), Subject(PHONE))
    with district.entered():
        assert account_names([kept, gone]) == {kept: "甲"}
        assert (account_names([]), account_of(Subject(PHONE))) == ({}, None)
    assert [name for name, _, _ in listed(district, community)] == ["区管理员", "甲"]


def test_somebody_works_where_the_role_is_held_and_above_but_not_below(district: District) -> None:
    community = district.communities[0]
    works = Actor(None, "甲", (Held(community, "staff", frozenset()),))
    with district.entered():
        found = {
            code: works.works_in(district.place(code).view)
            for code in (district.code, community[:9], community, district.neighbour(community))
        }
    assert list(found.values()) == [True, True, True, False]
    inspector = Actor(None, "乙", (Held(community[:9], "staff", frozenset()),))
    with district.entered():
        assert not inspector.works_in(district.place(community).view)
    assert not SYSTEM.works_in(district_view(district))


def district_view(district: District) -> PlaceView:
    with district.entered():
        return district.place(district.code).view
