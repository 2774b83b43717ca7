"""Credit codes: how they may be written, and that what was mistyped is found."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import uscc

from core.errors import Invalid
from core.organisations.credit_code import ALPHABET, LENGTH, normalise_credit_code

REAL = "91110000600037341L"
characters = st.sampled_from(ALPHABET)
bodies = st.builds(
    lambda head, division, own: head + division + own,
    st.text(characters, min_size=2, max_size=2),
    st.text(st.sampled_from("0123456789"), min_size=6, max_size=6),
    st.text(characters, min_size=9, max_size=9),
)
valid = bodies.map(lambda body: body + uscc.calc_check_digit(body))
positions = st.integers(0, LENGTH - 1)


def refused(text: str) -> tuple[str | None, str]:
    with pytest.raises(Invalid) as caught:
        normalise_credit_code(text)
    return caught.value.field, str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        REAL,
        REAL.lower(),
        f"  {REAL} ",
        "9111 0000 6000 3734 1L",
        "91-110000-600037341-L",
        "９１１１００００６０００３７３４１Ｌ",
        "\u200b91110000600037341L",
    ],
)
def test_any_usual_way_of_writing_is_understood(text: str) -> None:
    assert normalise_credit_code(text) == REAL


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has 18 characters, this one has 0"),
        (REAL[:-1], "has 18 characters, this one has 17"),
        (REAL + "0", "has 18 characters, this one has 19"),
        ("9I110000600O37341L", "has I O in it"),
        ("911100006000373 41李", "has 李 in it"),
        ("91A10000600037341L", "Characters 3 to 8"),
        ("91110000600037341M", "last character does not fit"),
    ],
)
def test_each_mistake_has_its_own_sentence(text: str, reason: str) -> None:
    field, message = refused(text)
    assert field == "credit_code"
    assert reason in message


def test_letters_may_stand_in_the_first_two_places() -> None:
    body = "A1510114MA6X00000"
    code = body + uscc.calc_check_digit(body)
    assert normalise_credit_code(code) == code


@given(valid)
def test_every_code_with_its_check_character_is_accepted(code: str) -> None:
    assert normalise_credit_code(code) == code


@given(valid, positions, characters)
def test_every_single_wrong_character_is_found(code: str, at: int, other: str) -> None:
    assume(code[at] != other)
    assert refused(code[:at] + other + code[at + 1 :])[0] == "credit_code"


@given(valid, positions, positions)
def test_any_two_that_changed_places_are_found_but_the_first_with_the_last(
    code: str, one: int, two: int
) -> None:
    """The weights are powers of 3 modulo the prime 31, all different; the check weighs 1 too."""
    assume(code[one] != code[two])
    swapped = list(code)
    swapped[one], swapped[two] = code[two], code[one]
    if {one, two} == {0, LENGTH - 1}:
        assert normalise_credit_code("".join(swapped)) == "".join(swapped)
    else:
        assert refused("".join(swapped))[0] == "credit_code"
