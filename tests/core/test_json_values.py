"""What goes into a JSON column, and how a program is told what does not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from core.json_values import as_json, as_json_object


def test_what_json_holds_or_has_a_text_for() -> None:
    given = {
        "plain": [None, True, 1, 1.5, "文", ()],
        "id": UUID(int=1),
        "times": (date(2026, 5, 1), datetime(2026, 5, 1, 8, tzinfo=UTC)),
    }
    assert as_json(given, "it") == {
        "plain": [None, True, 1, 1.5, "文", []],
        "id": "00000000-0000-0000-0000-000000000001",
        "times": ["2026-05-01", "2026-05-01T08:00:00+00:00"],
    }


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({1}, "it is a set, which JSON cannot hold"),
        ([1, (2, [3, "\0"])], "it[1][1][1] has a NUL character"),
        ({"a": [0, {"b": float("inf")}]}, "it.a[1].b is inf, which is no JSON number"),
        ([{"a": {"b": {2: 3}}}], "it[0].a.b has the key 2, which is no text"),
        ({"a": datetime(2026, 5, 1)}, "it.a is a time without its zone"),  # noqa: DTZ001
    ],
)
def test_what_does_not_fit_is_named_with_its_place(value: Any, told: str) -> None:
    with pytest.raises(TypeError) as refused:
        as_json(value, "it")
    assert str(refused.value) == told


def test_a_path_is_made_only_for_an_error() -> None:
    class Name(str):
        def __format__(self, spec: str) -> str:
            raise AssertionError("the name was written out")

    assert as_json([[1], {"a": 2}], Name("it")) == [[1], {"a": 2}]


def test_an_object_is_a_mapping() -> None:
    with pytest.raises(TypeError, match=r"^it is a list, not a mapping$"):
        as_json_object([], "it")  # type: ignore[arg-type]
