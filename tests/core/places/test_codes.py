"""The grammar of place codes: parents are prefixes, subtrees are ranges, kinds are letters."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.places import codes

LETTERS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
BELOW = ("grid", "micro_grid", "courtyard", "building", "entrance", "household")


def part(letter: str, width: int) -> st.SearchStrategy[str]:
    return st.text(LETTERS, min_size=width, max_size=width).map(letter.__add__)


def digits(width: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=width, max_size=width)


def joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map("".join)


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.just("") | strategy


districts = digits(6)
streets = joined(districts, digits(3))
communities = joined(streets, digits(3))
grids = joined(communities, part("G", 2))
micro_grids = joined(grids, part("M", 2))
courtyards = joined(communities, part("C", 3))
buildings = joined(communities, maybe(part("C", 3)), part("B", 3))
entrances = joined(buildings, part("E", 2))
households = joined(courtyards | buildings | entrances | communities, part("H", 4))
KINDS = {
    "district": districts,
    "street": streets,
    "community": communities,
    "grid": grids,
    "micro_grid": micro_grids,
    "courtyard": courtyards,
    "building": buildings,
    "entrance": entrances,
    "household": households,
}
places = st.one_of(*KINDS.values())


def relatives(code: str) -> st.SearchStrategy[str]:
    """Codes that share a beginning with ``code``: above it, below it, beside it."""
    short = min(len(code), 12)
    return st.one_of(
        places,
        st.sampled_from(codes.ancestry(code)),
        st.sampled_from([code[:6], code[:9], code[:12]]).filter(codes.is_code),
        maybe(joined(st.just(code[:short]), part("G", 2))).filter(codes.is_code),
        joined(st.just((code + "000001")[:12]), part("C", 3), part("B", 3)),
    )


pairs = places.flatmap(lambda code: st.tuples(st.just(code), relatives(code)))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recognised_by_how_it_is_written(kind: str) -> None:
    @given(KINDS[kind])
    def law(code: str) -> None:
        assert codes.is_code(code)
        assert codes.kind_of(code) == kind

    law()


@pytest.mark.parametrize(
    ("code", "parents"),
    [
        ("510114", []),
        ("510114001", ["510114"]),
        ("510114001018", ["510114", "510114001"]),
        ("510114001018G01", ["510114", "510114001", "510114001018"]),
        (
            "510114001018G01M03",
            ["510114", "510114001", "510114001018", "510114001018G01"],
        ),
        (
            "510114001018C001B012E02H1804",
            [
                "510114",
                "510114001",
                "510114001018",
                "510114001018C001",
                "510114001018C001B012",
                "510114001018C001B012E02",
            ],
        ),
        ("510114001018H0001", ["510114", "510114001", "510114001018"]),
        ("510114001018B012", ["510114", "510114001", "510114001018"]),
    ],
)
def test_the_way_up(code: str, parents: list[str]) -> None:
    assert codes.ancestry(code) == [*parents, code]
    assert codes.parent_of(code) == (parents[-1] if parents else None)


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "51011",
        "5101140",
        "51011400101",
        "5101140010180",
        "510114001018g01",
        "510114001018G1",
        "510114001018G001",
        "510114001018GO1",
        "510114001018GI1",
        "510114001018M01",
        "510114001018G01G02",
        "510114001018G01B001",
        "510114001018E01",
        "510114001018C001E01",
        "510114001018B001C001",
        "510114001018H0001H0002",
        "510114001018H001",
        "510114001018X01",
        "510114001G01",
        "510114G01",
        " 510114",
        "510114 ",
        "510114\n",
        "５１０１１４",
        "510114001018~",
        "510114%",
        "510114/../120101",
    ],
)
def test_what_is_no_code_is_refused(wrong: str) -> None:
    assert codes.is_code(wrong) is False
    for ask in (codes.kind_of, codes.ancestry, codes.parent_of):
        with pytest.raises(ValueError, match=re.escape(repr(wrong))):
            ask(wrong)


@given(st.text(alphabet=LETTERS + "IOabc~-", max_size=30))
def test_whatever_is_accepted_can_be_taken_apart_and_put_together(text: str) -> None:
    if codes.is_code(text):
        assert codes.ancestry(text)[-1] == text


@given(places)
def test_ancestors_are_prefixes_from_the_district_down(code: str) -> None:
    line = codes.ancestry(code)

    assert line[0] == codes.route_code(code) == code[:6]
    assert line[-1] == code
    for above, below in pairwise(line):
        assert below.startswith(above)
        assert len(below) > len(above)
        assert codes.parent_of(below) == above
        assert codes.ancestry(above) == line[: line.index(above) + 1]


@given(places)
def test_the_parent_is_the_nearest_prefix_that_is_a_code_of_its_own(code: str) -> None:
    """Cut off any way: what remains and is a code contains this one, the longest is the parent."""
    prefixes = [code[:length] for length in range(1, len(code)) if codes.is_code(code[:length])]
    assert codes.ancestry(code)[:-1] == prefixes
    assert codes.parent_of(code) == (prefixes[-1] if prefixes else None)


@given(pairs)
def test_a_place_contains_what_it_is_an_ancestor_of_and_nothing_else(pair: tuple[str, str]) -> None:
    outer, inner = pair
    assert codes.contains(outer, inner) is (outer in codes.ancestry(inner))
    assert codes.contains(inner, outer) is (inner in codes.ancestry(outer))


@given(pairs)
def test_containing_is_an_order(pair: tuple[str, str]) -> None:
    one, other = pair
    assert codes.contains(one, one)
    assert (codes.contains(one, other) and codes.contains(other, one)) is (one == other)


@given(places, places, places)
def test_containing_is_handed_down(one: str, two: str, three: str) -> None:
    if codes.contains(one, two) and codes.contains(two, three):
        assert codes.contains(one, three)


@given(pairs)
def test_the_range_of_a_subtree_holds_exactly_what_lies_in_it_in_byte_order(
    pair: tuple[str, str],
) -> None:
    outer, inner = pair
    low, high = (edge.encode() for edge in codes.subtree(outer))
    assert (low <= inner.encode() < high) is codes.contains(outer, inner)


@given(pairs)
def test_ranges_nest_or_lie_apart(pair: tuple[str, str]) -> None:
    (low, high), (other_low, other_high) = codes.subtree(pair[0]), codes.subtree(pair[1])
    apart = high <= other_low or other_high <= low
    nested = (low <= other_low and other_high <= high) or (other_low <= low and high <= other_high)
    assert apart is not nested


def test_the_alphabet_lacks_the_letters_that_are_read_as_digits() -> None:
    assert codes.ALPHABET == LETTERS
    assert not set("IO") & set(codes.ALPHABET)
    assert {kind for kind, _width in codes.SEGMENTS.values()} == set(BELOW)


def test_the_longest_code_fits_its_column() -> None:
    assert len("510114001018C001B012E02H1804") == 28 < 64
