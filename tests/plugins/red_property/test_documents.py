"""Method documents: every mistake is said at once, by its path."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from flask import Flask

from core.errors import Invalid
from plugins.red_property import documents
from plugins.red_property.service import methods

SHIPPED = {method.key: method for method in methods.shipped()}


@pytest.fixture
def document() -> Any:
    """A copy of the Yantai method, to be spoilt."""
    return copy.deepcopy(dict(SHIPPED["yantai_2022"].document))


def mistakes(app: Flask, document: Any) -> dict[str, list[str]]:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        with pytest.raises(Invalid) as caught:
            methods.check(document)
        return {path: [str(one) for one in said] for path, said in caught.value.fields.items()}


def test_shipped_methods_are_sound_and_say_what_is_an_example() -> None:
    assert sorted(SHIPPED) == ["lianyungang_2018", "yantai_2022"]
    for method in SHIPPED.values():
        found = methods.check(method.document)
        assert all(item["example"] for item in found["items"])
        assert [section.key for section in documents.sections_of(method.document)] == [
            section["key"] for section in found["sections"]
        ]
    yantai = SHIPPED["yantai_2022"].document
    assert [(s.key, s.sign, s.cap) for s in documents.sections_of(yantai)] == [
        ("base", 1, 8000),
        ("good", 1, 4000),
        ("bad", -1, None),
    ]
    assert [(x.key, x.from_score, x.by_score) for x in documents.levels_of(yantai)] == [
        ("aaa", 8500, True),
        ("aa", 8000, True),
        ("a", 7000, True),
        ("b", 6000, True),
        ("c", None, True),
        ("blacklist", None, False),
    ]


def test_a_hundred_mistakes_are_all_said(app: Flask, document: Any) -> None:
    first = document["items"][0]
    document["items"] = [
        {**first, "code": f"X{number // 2}", "points": "1.234", "section": "nowhere"}
        for number in range(50)
    ]
    document["veto_level"] = "worst"
    said = mistakes(app, document)
    assert said.pop("veto_level") == ["There is no such level."]
    assert said == {
        **{f"items.{number}.points": ["At most two decimals."] for number in range(50)},
        **{f"items.{number}.code": ["This is there twice."] for number in range(50)},
        **{f"items.{number}.section": ["There is no such section."] for number in range(50)},
    }


@pytest.mark.parametrize(
    ("path", "value", "field", "message"),
    [
        (("items", 0, "points"), 30, "items.0.points", "Write points as a text, such as “7.5”."),
        (("items", 0, "points"), "x", "items.0.points", "Enter a number."),
        (("items", 0, "points"), "NaN", "items.0.points", "0 to 10000 points."),
        (("items", 0, "points"), "-1", "items.0.points", "0 to 10000 points."),
        (("items", 0, "points"), ["3", "1"], "items.0.points", "A range begins with the least."),
        (("items", 0, "points"), ["3"], "items.0.points", "A range has the least and the most."),
        (("items", 1, "code"), "B1", "items.1.code", "This is there twice."),
        (("items", 21, "valid_months"), 6, "items.21.valid_months", "It stands until rectified"),
        (("items", 0, "colour"), "red", "items.0.colour", "This field is not known."),
        (("sections", 1, "key"), "base", "sections.1.key", "This is there twice."),
        (("sections", 0, "sign"), 2, "sections.0.sign", "Choose one of the list."),
        (("sections", 0, "cap"), "0", "sections.0.cap", "0.01 to 10000 points."),
        (("levels", 1, "from"), "85", "levels.1.from", "It must be lower than that"),
        (("levels", 4, "from"), "1", "levels.4.from", "The last level takes all that is lower"),
        (("levels", 2, "from"), None, "levels.2.from", "Only the last level takes all"),
        (("levels", 5, "from"), "1", "levels.5.from", "Only a veto leads here"),
        (("needs_section",), "none", "needs_section", "There is no such section."),
        (("valid_months",), 0, "valid_months", "Between 1 and 600."),
        (("title",), "", "title", "1 to 120 characters."),
        (("title",), "烟台\0", "document", "It holds characters that are no text."),
        (("items", 0, "text"), "\ud800", "document", "It holds characters that are no text."),
        (("sections",), [], "sections", "A method has 1 to 20 of them."),
        (("items",), None, "items", "Please fill this in."),
        (
            ("items", 11, "offered"),
            {"event": "evaluation.season_opened", "to_rank": 3},
            "items.11.offered.event",
            "Choose one of the list.",
        ),
        (("key",), "烟台", "key", "Small letters, digits and single _."),
    ],
)
def test_a_mistake_is_said_where_it_is(
    app: Flask, document: Any, path: tuple[Any, ...], value: Any, field: str, message: str
) -> None:
    at = document
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    said = mistakes(app, document)
    assert field in said, said
    assert said[field][0].startswith(message), said


def test_what_is_no_method_at_all_is_refused(app: Flask) -> None:
    for document in ([], "x", {}):
        assert mistakes(app, document) != {}
