"""The official divisions, and what somebody meant who wrote a wrong code."""

from __future__ import annotations

import pytest

from core.places import divisions
from core.places.codes import is_code


def test_a_district_is_found_by_its_code_alone() -> None:
    district = divisions.find("510114")
    assert district == divisions.District("510114", "新都区", "成都市", "四川省")
    assert district.full_name == "四川省成都市新都区"
    for wrong in ("", "51", "5101", "510114001", "510199", "新都区", "51011４"):
        assert divisions.find(wrong) is None


def test_the_placeholder_between_province_and_district_is_left_out() -> None:
    district = divisions.find("120101")
    assert district is not None
    assert (district.city, district.full_name) == ("市辖区", "天津市和平区")


def test_places_come_in_code_order_below_their_district() -> None:
    found = divisions.places_of("120101")
    codes = [code for code, _name in found]
    assert len(found) == 6 + 64
    assert codes == sorted(codes)
    assert all(is_code(code) and code.startswith("120101") for code in codes)
    with pytest.raises(KeyError):
        divisions.places_of("999999")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("新都", "510114"),
        ("新都区", "510114"),
        ("成都市新都区", "510114"),
        ("四川省成都市新都区", "510114"),
        (" 新都区 ", "510114"),
        ("510115", "510115"),
        ("510119", "510118"),
        ("5101140", "510114"),
        ("510114001018", "510114"),
    ],
)
def test_the_best_guess_comes_first(text: str, first: str) -> None:
    assert divisions.suggest(text)[0].code == first


@pytest.mark.parametrize("text", ["区", "510", "000000", "999999", "5", "1" * 40])
def test_there_are_as_many_guesses_as_asked_for_and_each_once(text: str) -> None:
    for limit in (1, 3, 5):
        assert len({d.code for d in divisions.suggest(text, limit)}) == limit


def test_a_name_with_a_wrong_character_is_still_understood() -> None:
    assert [d.name for d in divisions.suggest("都江偃市")][:1] == ["都江堰市"]


@pytest.mark.parametrize("text", ["", "   ", "zzz", "🏠", "%", "_"])
def test_nonsense_gives_no_guess_and_no_error(text: str) -> None:
    assert divisions.suggest(text) == []


def test_all_that_share_a_name_are_offered_shortest_first() -> None:
    found = divisions.suggest("和平区", limit=20)
    assert {d.code for d in found} >= {"120101", "210102"}
    assert [d.name for d in found] == ["和平区"] * len(found)
    assert [d.code for d in found] == sorted(d.code for d in found)
