"""Which places a scope reaches: the same in SQL, for lists, and in Python, for one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import aliased

from core.accounts.actor import Actor, Held
from core.audit import attempt
from core.db import db
from core.ids import new_id
from core.places import codes
from core.places.models import Place
from core.places.scope import in_scope, is_in_scope
from core.testing.world import SYSTEM, District, onboard

GRIDS = ("G01", "G01M01", "G01M02", "G0Z", "G0ZM01", "GZZ")


def below(community: str) -> Iterator[tuple[str, str | None]]:
    """Courtyards, buildings, entrances and households in every mixture of grids, and grids."""
    grids = [community + grid for grid in GRIDS]
    for grid in grids:
        yield grid, None
    assigned = [None, *grids]
    courts = ["", "C001", "C00Z", "CZZZ"]
    turn = 0
    for court, building, entrance, household in product(
        courts, ("", "B001", "B00Z"), ("", "E01"), ("", "H0001", "HZZZZ")
    ):
        code = community + court + building + entrance + household
        if codes.is_code(code) and code != community:
            turn += 1
            yield code, assigned[turn % len(assigned)]


@pytest.fixture(scope="module")
def peopled(app: Flask, unused_codes: Iterator[str]) -> tuple[District, list[str]]:
    """A district whose first three communities hold every kind of place."""
    district = onboard(app, next(unused_codes))
    chosen = district.communities[:3]
    rows = [
        {
            "id": new_id(),
            "code": code,
            "grid_code": grid,
            "kind": codes.kind_of(code),
            "name": code,
            "official_name": code,
        }
        for community in chosen
        for code, grid in below(community)
    ]
    with (
        district.entered(),
        attempt(
            SYSTEM, "core.test.fill", object_type="test", object_id="", place_code=district.code
        ),
    ):
        db.session.execute(insert(Place), rows)
    return district, chosen


def scopes(district: District, chosen: list[str]) -> list[str]:
    """Every place there is, and some addresses where nothing stands."""
    empty = ("G99", "G01M99", "C999", "C001B999", "C001B001E99", "C001B001E01H9999")
    return [
        district.code,
        *district.streets,
        *district.communities,
        *(code for community in chosen for code, _grid in below(community)),
        *(chosen[0] + code for code in empty),
        str(int(district.code) + 1),
    ]


def test_sql_and_python_agree_for_every_scope_and_every_place(
    peopled: tuple[District, list[str]],
) -> None:
    district, chosen = peopled
    reached_by_grids = 0
    with district.entered():
        every = [place.view for place in db.session.execute(select(Place)).scalars()]
        for scope in scopes(district, chosen):
            in_sql = set(
                db.session.execute(select(Place.code).where(in_scope(Place, scope))).scalars()
            )
            in_python = {place.code for place in every if is_in_scope(place, scope)}
            assert in_sql == in_python, scope
            if "G" in scope[12:]:
                reached_by_grids += len(in_sql)
    assert len(every) == 1 + len(district.streets) + len(district.communities) + 3 * 65
    assert reached_by_grids > 100


def test_it_works_on_an_alias_as_well(peopled: tuple[District, list[str]]) -> None:
    district, chosen = peopled
    other = aliased(Place)
    with district.entered():
        for scope in (chosen[0], chosen[0] + "G01"):
            found = {
                tuple(
                    db.session.execute(
                        select(m.code).where(in_scope(m, scope)).order_by(m.code)
                    ).scalars()
                )
                for m in (Place, other)
            }
            assert len(found) == 1


def test_a_grid_reaches_its_micro_grids_and_what_is_assigned_to_either(
    peopled: tuple[District, list[str]],
) -> None:
    district, chosen = peopled
    here, grid = chosen[0], chosen[0] + "G01"
    expected = {
        code
        for code, assigned in below(here)
        if code in (grid, f"{grid}M01", f"{grid}M02")
        or assigned in (grid, f"{grid}M01", f"{grid}M02")
    }
    with district.entered():
        found = set(db.session.execute(select(Place.code).where(in_scope(Place, grid))).scalars())
    assert found == expected
    assert any(code[12:13] == "C" for code in found)


def test_a_micro_grid_does_not_reach_up_to_its_grid(
    peopled: tuple[District, list[str]],
) -> None:
    district, chosen = peopled
    micro = chosen[0] + "G01M01"
    expected = {code for code, grid in below(chosen[0]) if micro in (code, grid)}
    with district.entered():
        found = set(db.session.execute(select(Place.code).where(in_scope(Place, micro))).scalars())
    assert found == expected


def test_a_courtyard_reaches_what_stands_in_it_whoever_looks_after_it(
    peopled: tuple[District, list[str]],
) -> None:
    district, chosen = peopled
    court = chosen[0] + "C001"
    with district.entered():
        found = set(db.session.execute(select(Place.code).where(in_scope(Place, court))).scalars())
    assert found == {code for code, _grid in below(chosen[0]) if code.startswith(court)}


def test_rights_follow_the_same_rule(peopled: tuple[District, list[str]]) -> None:
    district, chosen = peopled
    grid = chosen[0] + "G01"
    keeper = Actor(new_id(), "网格员", (Held(grid, "staff", frozenset({"core.place.view"})),))
    with district.entered():
        every = [place.view for place in db.session.execute(select(Place)).scalars()]
        seen = set(db.session.execute(select(Place.code).where(in_scope(Place, grid))).scalars())
    assert {place.code for place in every if keeper.can("core.place.view", place)} == seen
    assert {place.code for place in every if keeper.reaches(place)} == seen
    assert not any(keeper.can("core.account.view", place) for place in every)
