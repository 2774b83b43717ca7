"""Places as plugins read them: by code, by id, many at once, and never of another district."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from core.db import db
from core.sdk import NotFound, find_place, get_place, places_by_id
from core.testing.statements import recorded
from core.testing.world import District


def test_a_place_is_found_by_code_and_by_id(district: District) -> None:
    code = district.communities[0]
    with district.entered():
        view = district.place(code).view
        assert find_place(code) == view
        assert get_place(view.id) == view
        for missing in (f"{code[:9]}999", "nowhere", f"{code}'"):
            with pytest.raises(NotFound) as refused:
                find_place(missing)
            assert refused.value.field == "place"


def test_many_places_are_read_by_one_statement(district: District) -> None:
    with district.entered():
        views = [district.place(code).view for code in district.communities]
        unknown = uuid4()
        with recorded(db.engine) as statements:
            found = places_by_id([*(view.id for view in views), unknown])
        assert (found, len(statements)) == ({view.id: view for view in views}, 1)
        assert places_by_id([]) == {}


def test_places_of_another_district_are_not_there(
    district: District, new_district: Callable[[], District]
) -> None:
    other = new_district()
    with other.entered():
        foreign = other.place(other.communities[0]).view
    with district.entered():
        assert places_by_id([foreign.id]) == {}
        for read in (lambda: find_place(foreign.code), lambda: get_place(foreign.id)):
            with pytest.raises(NotFound):
                read()
