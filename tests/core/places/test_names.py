"""Short names: shorter where that is safe, and never two alike among siblings."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter, defaultdict

import pytest

from core.places import divisions, names


@pytest.mark.parametrize(
    ("official", "short"),
    [
        ("崇义社区居委会", "崇义社区"),
        ("崇义社区居民委员会", "崇义社区"),
        ("太平居委会", "太平居委会"),
        ("太平居民委员会", "太平居民委员会"),
        ("社区居委会", "社区"),
        ("居委会", "居委会"),
        ("社区居委会筹备组", "社区居委会筹备组"),
        ("大丰街道办事处", "大丰街道"),
        ("大丰街道", "大丰街道"),
        ("办事处", "办事处"),
        ("石板滩办事处", "石板滩办事处"),
        ("新民村村委会", "新民村"),
        ("新民村民委员会", "新民村民委员会"),
        ("新民村村民委员会", "新民村"),
        ("新民村委会", "新民村委会"),
        ("新民村社区居委会", "新民村社区"),
        ("社区居委会社区居委会", "社区居委会社区"),
        ("新都区", "新都区"),
        ("", ""),
    ],
)
def test_the_committee_goes_only_behind_what_it_is_the_committee_of(
    official: str, short: str
) -> None:
    assert names.shown(official) == short


def test_siblings_whose_short_names_would_be_the_same_keep_the_official_ones() -> None:
    places = [
        ("510114001001", "太平社区居委会"),
        ("510114001002", "太平社区居民委员会"),
        ("510114001003", "太平居委会"),
        ("510114001004", "崇义社区居委会"),
        ("510114002001", "太平社区居委会"),
    ]
    assert names.shown_all(places) == {
        "510114001001": "太平社区居委会",
        "510114001002": "太平社区居民委员会",
        "510114001003": "太平居委会",
        "510114001004": "崇义社区",
        "510114002001": "太平社区",
    }


@pytest.fixture(scope="module")
def every_place() -> dict[str, dict[str, str]]:
    """All 665,276 official places, by district, as ``code → official name``."""
    found = {}
    with divisions.ARCHIVE.open("rb") as raw, zipfile.ZipFile(raw) as archive:
        for code in divisions.codes():
            rows = csv.reader(io.StringIO(archive.read(f"{code}.csv").decode()))
            found[code] = {code + tail: name for tail, name in rows}
    return found


def test_nowhere_in_the_country_do_two_siblings_look_alike_for_having_been_shortened(
    every_place: dict[str, dict[str, str]],
) -> None:
    shortened, alike = 0, []
    for places in every_place.values():
        shown = names.shown_all(places.items())
        shortened += sum(shown[code] != name for code, name in places.items())
        official, short = Counter(), Counter()
        for code, name in places.items():
            official[code[:-3], name] += 1
            short[code[:-3], shown[code]] += 1
        alike += [key for key, count in short.items() if count > max(1, official[key])]
    assert alike == []
    assert shortened > 200_000


def test_dropping_the_committee_everywhere_would_make_hundreds_look_alike(
    every_place: dict[str, dict[str, str]],
) -> None:
    """Why the rule is what it is."""
    alike = 0
    for places in every_place.values():
        by_parent: dict[str, list[str]] = defaultdict(list)
        for code, name in places.items():
            by_parent[code[:-3]].append(name)
        for siblings in by_parent.values():
            if len(siblings) == len(set(siblings)):
                bare = [name.removesuffix("居委会").removesuffix("村委会") for name in siblings]
                alike += len(bare) - len(set(bare))
    assert alike > 500


def test_the_reference_data_is_whole(every_place: dict[str, dict[str, str]]) -> None:
    lengths = Counter(len(code) for places in every_place.values() for code in places)
    assert lengths == {9: 41_352, 12: 620_573}
    assert len(every_place) == 2_978
    assert max(len(places) for places in every_place.values()) == 1_568
    assert all(code[:9] in places for places in every_place.values() for code in places)
