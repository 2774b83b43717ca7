"""Who serves a place on a day, as plugins ask it, and what the verbs refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from core.audit import attempt
from core.db import db
from core.errors import Conflict, Invalid, LinliError, NotFound
from core.organisations import service
from core.organisations.models import Organisation, ServiceArea
from core.places.models import Place
from core.sdk import (
    find_organisation,
    organisations_of_kind,
    organisations_serving,
    serves,
    service_areas,
)
from core.testing.world import SYSTEM, District

BEGINS, ENDS = date(2024, 3, 1), date(2024, 8, 31)
DAY = timedelta(days=1)


def refused(act: Callable[[], Any]) -> tuple[type[LinliError], str | None]:
    with pytest.raises(LinliError) as caught:
        act()
    return type(caught.value), caught.value.field


def serving(registry: Any, code: str, on: date, kind: Any = None) -> list[tuple[str, str]]:
    """Names of who serves, and the codes of the places that they serve."""
    with registry.district.entered():
        place = registry.district.place(code).view
        found = organisations_serving(place, on, kind)
        return [(row.organisation.name, row.place.code) for row in found]


def test_a_service_holds_from_its_first_day_to_its_last_here_above_and_below(
    registry: Any,
) -> None:
    street, own, next_door = registry.own[:9], registry.own, registry.next_door
    company = registry.company(registry.district.code)
    registry.serve(company, own, BEGINS, ENDS)
    here = [("安居物业", own)]
    answers = {
        day: [serving(registry, code, day) for code in (own, street, registry.district.code)]
        for day in (BEGINS - DAY, BEGINS, ENDS, ENDS + DAY)
    }
    assert answers == {
        BEGINS - DAY: [[], [], []],
        BEGINS: [here, here, here],
        ENDS: [here, here, here],
        ENDS + DAY: [[], [], []],
    }
    assert serving(registry, next_door, BEGINS) == []
    with registry.district.entered():
        places = {code: registry.district.place(code).view for code in (own, next_door, street)}
        told = {code: serves(company, place, BEGINS) for code, place in places.items()}
        assert told == {own: True, next_door: False, street: True}
        assert not serves(company, places[own], ENDS + DAY)
        assert not serves(registry.district.place(own).id, places[own], BEGINS)


def test_who_serves_a_street_serves_its_communities_and_what_stands_in_them(
    registry: Any,
) -> None:
    own, street = registry.own, registry.own[:9]
    registry.serve(registry.company(registry.district.code, "乙物业"), street, BEGINS)
    registry.serve(registry.company(own, "甲物业"), own, BEGINS)
    registry.serve(registry.committee(own), own, BEGINS)
    both = [("乙物业", street), ("甲物业", own)]
    assert serving(registry, own, BEGINS, "property_company") == both
    assert serving(registry, own, BEGINS) == [*both, ("第一业主委员会", own)]
    assert serving(registry, registry.next_door, BEGINS) == [("乙物业", street)]


def test_a_grid_s_service_reaches_the_courtyards_that_it_looks_after(registry: Any) -> None:
    own = registry.own
    add_place(registry.district, f"{own}G01", "grid", own)
    add_place(registry.district, f"{own}C001", "courtyard", own)
    add_place(registry.district, f"{own}C001B001", "building", f"{own}C001", grid=f"{own}G01")
    registry.serve(registry.company(own, "保洁"), f"{own}G01", BEGINS)
    found = {
        code: serving(registry, own + code, BEGINS) for code in ("", "G01", "C001", "C001B001")
    }
    cleaner = [("保洁", f"{own}G01")]
    assert found == {"": cleaner, "G01": cleaner, "C001": [], "C001B001": cleaner}


def add_place(
    district: District, code: str, kind: Any, parent: str, grid: str | None = None
) -> None:
    with district.entered():
        row = Place(code=code, kind=kind, name=code, official_name=code, grid_code=grid)
        row.parent_id = district.place(parent).id
        with attempt(
            SYSTEM, "core.test.place", object_type="place", object_id=code, place_code=code
        ):
            db.session.add(row)
            db.session.flush()


def test_a_place_sees_what_it_keeps_and_what_serves_it_and_nothing_next_door(
    registry: Any, new_district: Callable[[], District]
) -> None:
    own, next_door, district = registry.own, registry.next_door, registry.district.code
    company, idle = registry.company(district), registry.company(district, "没有服务的物业")
    registry.serve(company, own, BEGINS, ENDS)
    registry.serve(company, next_door, BEGINS, ENDS)
    mine, theirs = registry.committee(own), registry.committee(next_door)
    elsewhere = type(registry)(new_district())
    foreign = elsewhere.committee(elsewhere.own)
    every = {"company": company, "idle": idle, "mine": mine, "theirs": theirs, "foreign": foreign}
    with registry.district.entered():
        seen = {}
        for code in (own, next_door, own[:9], district):
            place = registry.district.place(code).view
            seen[code] = {name for name, key in every.items() if is_found(key, place)}
            companies = db.session.execute(organisations_of_kind("property_company", place))
            assert {row.id for row in companies.scalars()} == {
                every[name] for name in seen[code] & {"company", "idle"}
            }
        assert seen == {
            own: {"company", "mine"},
            next_door: {"company", "theirs"},
            own[:9]: {"company", "mine", "theirs"},
            district: {"company", "idle", "mine", "theirs"},
        }
        here = registry.district.place(own).view
        assert [place.code for _, place in service_areas(company, here)] == [own]
        assert [place.code for _, place in service_areas(company)] == sorted([own, next_door])


def is_found(key: Any, place: Any) -> bool:
    try:
        return find_organisation(key, place).id == key
    except NotFound:
        return False


def test_bad_organisations_are_refused_with_the_field(registry: Any) -> None:
    code = registry.new_code()
    registry.company(registry.own, code=code)
    registry.committee(registry.own)
    with registry.district.entered():
        place = registry.district.place(registry.next_door).view
        own = registry.district.place(registry.own).view
        wrong_check = code[:-1] + ("0" if code[-1] != "0" else "1")
        cases: dict[str, tuple[Any, ...]] = {
            "no kind": (place, "guild", "行会", None),
            "no name": (place, "other", " \u200b ", None),
            "a long name": (place, "other", "长" * 101, None),
            "a company without code": (place, "property_company", "安居物业", None),
            "another company without code": (place, "company", "商行", ""),
            "a wrong check character": (place, "property_company", "安居物业", wrong_check),
            "a taken code": (place, "social_organisation", "社工站", code.lower()),
            "the same committee": (own, "owners_committee", "第一业主委员会", None),
        }
        found = {
            name: refused(lambda values=values: service.register(SYSTEM, *values))
            for name, values in cases.items()
        }
        kept = organisations_of_kind("owners_committee", own)
        assert len(db.session.execute(kept).all()) == 1
    assert found == {
        "no kind": (Invalid, "kind"),
        "no name": (Invalid, "name"),
        "a long name": (Invalid, "name"),
        "a company without code": (Invalid, "credit_code"),
        "another company without code": (Invalid, "credit_code"),
        "a wrong check character": (Invalid, "credit_code"),
        "a taken code": (Conflict, "credit_code"),
        "the same committee": (Conflict, "name"),
    }
    assert registry.committee(registry.next_door)


def test_spans_at_one_place_do_not_overlap(registry: Any) -> None:
    own = registry.own
    company = registry.company(own)
    first = registry.serve(company, own, BEGINS, ENDS)
    registry.serve(company, registry.next_door, BEGINS)
    overlapping = [
        (BEGINS - DAY, BEGINS),
        (BEGINS - DAY, None),
        (ENDS, None),
        (BEGINS + DAY, ENDS - DAY),
    ]
    for begins, ends in overlapping:
        told = refused(lambda begins=begins, ends=ends: registry.serve(company, own, begins, ends))
        assert told == (Conflict, "served_from"), (begins, ends)
    assert refused(lambda: registry.serve(company, own, ENDS, BEGINS)) == (Invalid, "served_to")
    registry.serve(company, own, BEGINS - DAY, BEGINS - DAY)
    registry.serve(company, own, ENDS + DAY)
    with registry.district.entered():
        area = db.session.get_one(ServiceArea, (registry.district.tenant, first))
        later, before = (
            refused(lambda day=day: service.change_service(SYSTEM, area, BEGINS, day))
            for day in (ENDS + DAY, BEGINS - DAY)
        )
        assert (later, before) == ((Conflict, "served_from"), (Invalid, "served_to"))
        service.change_service(SYSTEM, area, BEGINS, BEGINS)
    assert serving(registry, own, BEGINS + DAY) == []
    assert serving(registry, own, ENDS + DAY) == [("安居物业", own)]


def test_two_clerks_at_once_make_one_span(registry: Any) -> None:
    company = registry.company(registry.own)
    barrier, outcomes = threading.Barrier(2), []

    def clerk() -> None:
        barrier.wait()
        try:
            registry.serve(company, registry.own, BEGINS)
            outcomes.append("done")
        except Conflict as error:
            outcomes.append(str(error.field))

    clerks = [threading.Thread(target=clerk) for _ in range(2)]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    assert sorted(outcomes) == ["done", "served_from"]


def test_two_clerks_at_once_enter_one_company(registry: Any) -> None:
    code = registry.new_code()
    barrier, outcomes = threading.Barrier(2), []

    def clerk(keeper: str) -> None:
        barrier.wait()
        try:
            registry.company(keeper, code=code)
            outcomes.append("done")
        except Conflict as error:
            outcomes.append(str(error.field))

    clerks = [
        threading.Thread(target=clerk, args=[keeper])
        for keeper in (registry.own, registry.next_door)
    ]
    for each in clerks:
        each.start()
    for each in clerks:
        each.join()
    assert sorted(outcomes) == ["credit_code", "done"]


def test_the_code_may_be_corrected_and_is_free_again(registry: Any) -> None:
    code, right = registry.new_code(), registry.new_code()
    company = registry.company(registry.own, code=code)
    with registry.district.entered():
        found = db.session.get_one(Organisation, (registry.district.tenant, company))
        service.change(SYSTEM, found, "property_company", "新居物业", right)
    registry.company(registry.next_door, code=code)
    assert refused(lambda: registry.company(registry.next_door, code=right))[0] is Conflict


def test_a_kind_stays_as_it_was_added(registry: Any) -> None:
    code = registry.new_code()
    company = registry.company(registry.own, code=code)
    with registry.district.entered():
        found = db.session.get_one(Organisation, (registry.district.tenant, company))
        told = refused(lambda: service.change(SYSTEM, found, "company", "新居物业", code))
        assert told == (Invalid, "kind")
        db.session.refresh(found)
        assert (found.kind, found.name, found.credit_code) == ("property_company", "安居物业", code)
