"""A stored file is given out to its plugin, where it is kept, and nowhere else."""

from __future__ import annotations

import io
from typing import Any
from uuid import uuid4

import pytest

from core.testing.world import Browser
from tests.core.files.conftest import Filing
from tests.core.files.pictures import PDF, opened, written


def put(browser: Browser, place: str, file: bytes, name: str) -> str:
    """Keep a file in the cabinet and return its id."""
    data = {"title": "楼道", "evidence": (io.BytesIO(file), name)}
    answer = browser.send(f"/{place}/cabinet/", data, content_type="multipart/form-data")
    assert answer.status_code == 200
    return str(answer.text)


def get(browser: Browser, place: str, file: str, plugin: str = "cabinet") -> Any:
    return browser.get(f"/{place}/{plugin}/files/{file}")


@pytest.fixture(scope="module")
def admin(used: Filing) -> Browser:
    return used.district.person("administrator", used.district.code)


def test_a_photo_is_shown_and_can_do_nothing(used: Filing, admin: Browser) -> None:
    answer = get(admin, used.community, put(admin, used.community, written("PNG"), "1号门.png"))
    assert opened(answer.data).size == (60, 40)
    given = {
        name: answer.headers[name]
        for name in (
            "Content-Type",
            "Content-Disposition",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "Cache-Control",
        )
    }
    assert given == {
        "Content-Type": "image/png",
        "Content-Disposition": "inline; filename=1.png; filename*=UTF-8''1%E5%8F%B7%E9%97%A8.png",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def test_a_pdf_is_saved_as_it_came(used: Filing, admin: Browser) -> None:
    answer = get(admin, used.community, put(admin, used.community, PDF, "notice.pdf"))
    assert answer.data == PDF
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == "attachment; filename=notice.pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_it_is_found_on_its_own_line_of_places_alone(used: Filing, admin: Browser) -> None:
    stranger = used.elsewhere.person("administrator", used.elsewhere.code)
    district, street, there = used.district.code, used.community[:9], used.elsewhere.code
    at_community = put(admin, used.community, PDF, "a.pdf")
    at_district = put(admin, district, PDF, "b.pdf")
    statuses = {
        "community's file at the community": get(admin, used.community, at_community),
        "community's file at its street": get(admin, street, at_community),
        "community's file at its district": get(admin, district, at_community),
        "community's file at its neighbour": get(admin, used.neighbour, at_community),
        "community's file in the other plugin": get(admin, used.community, at_community, "drawer"),
        "community's file in another district": get(stranger, there, at_community),
        "district's file at the district": get(admin, district, at_district),
        "district's file at a community": get(admin, used.community, at_district),
        "district's file in the other plugin": get(admin, district, at_district, "drawer"),
        "district's file in another district": get(stranger, there, at_district),
        "no file at all": get(admin, used.community, str(uuid4())),
    }
    assert {name: answer.status_code for name, answer in statuses.items()} == {
        "community's file at the community": 200,
        "community's file at its street": 200,
        "community's file at its district": 200,
        "community's file at its neighbour": 404,
        "community's file in the other plugin": 404,
        "community's file in another district": 404,
        "district's file at the district": 200,
        "district's file at a community": 200,
        "district's file in the other plugin": 404,
        "district's file in another district": 404,
        "no file at all": 404,
    }
