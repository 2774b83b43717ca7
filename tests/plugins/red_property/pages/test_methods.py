"""Pages of rating methods: reading, downloading, and adopting one."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from core.clock import today
from core.testing.world import Browser, District
from plugins.red_property import service

ENGLISH = {"Accept-Language": "en"}
Refusals = Callable[[str], dict[str, list[str]]]
Cells = Callable[[str], list[list[str]]]


@pytest.fixture
def office(take_office: Any) -> Any:
    return take_office()


@pytest.fixture
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture
def admin(district: District) -> Browser:
    return district.person("administrator", district.code)


@pytest.fixture
def base(district: District) -> str:
    return f"/{district.code}/red_property"


def shipped(key: str) -> dict[str, Any]:
    """Return a copy of a method that comes with the plugin."""
    found = next(one.document for one in service.methods.shipped() if one.key == key)
    copy: dict[str, Any] = json.loads(json.dumps(found))
    return copy


def filled_in(page: str) -> tuple[str, dict[str, str]]:
    """Return where the page's form is sent to, and its inputs as they stand."""
    form = re.findall(r'<form class="form" method="post" action="([^"]*)"(.*?)</form>', page, re.S)
    ((action, inner),) = form
    inputs = re.findall(r'<input[^>]* name="(\w+)"[^>]* value="([^"]*)"', inner)
    return action, {name: html.unescape(value) for name, value in inputs}


def test_a_shipped_method_is_read_adopted_and_downloaded(
    district: District, admin: Browser, base: str, cells: Cells
) -> None:
    clerk = district.person("staff", district.code)
    assert "No method was adopted yet" in admin.get(f"{base}/methods", headers=ENGLISH).text
    preview = admin.get(f"{base}/methods/shipped/yantai_2022", headers=ENGLISH).text
    for sentence in (
        "“基础信息” is added, at most 80.00 points.",
        "“优良信息” is added, at most 40.00 points.",
        "“不良信息” is taken away, without a limit.",
        "An item counts for 12 months, unless it says otherwise.",
        "A company without an item of “基础信息” that counts is not graded.",
        "from 80.00 to below 85.00",
        "by an item marked “Veto”, whatever the sum is",
    ):
        assert sentence in preview
    document = shipped("yantai_2022")
    assert [row[0] for row in cells(preview)] == [item["code"] for item in document["items"]]
    for reader in (clerk, district.person("viewer", district.code)):
        read = reader.get(f"{base}/methods/shipped/yantai_2022", headers=ENGLISH)
        assert (read.status_code, "“基础信息” is added" in read.text) == (200, True)
        assert ("<form" in read.text.split("<main")[1], "Adopt" in read.text) == (False, False)
        listed = reader.get(f"{base}/methods", headers=ENGLISH).text
        assert (listed.count("Look at it<"), "Look at it and adopt it" in listed) == (2, False)
    assert admin.get(f"{base}/methods/shipped/none").status_code == 404

    action, sent = filled_in(preview)
    assert json.loads(sent["document"]) == document
    sent["in_force_on"] = "2022-07-01"
    assert clerk.send(action, sent).status_code == 403
    done = admin.send(action, sent)
    assert done.status_code == 303
    assert "“基础信息” is added" in clerk.get(done.location, headers=ENGLISH).text
    download = clerk.get(f"{done.location}/document")
    assert (download.mimetype, json.loads(download.text)) == ("application/json", document)
    assert download.headers["Content-Disposition"] == "attachment; filename=yantai_2022-1.json"
    (row,) = cells(clerk.get(f"{base}/methods", headers=ENGLISH).text)
    assert (row[1], row[2], row[4]) == ("1", "1 Jul 2022", "In force")


def test_a_changed_file_shows_what_changes_before_it_holds(
    office: Any, admin: Browser, base: str, cells: Cells
) -> None:
    office.adopt("yantai_2022")
    document = shipped("yantai_2022")
    document["sections"][1]["cap"] = "30"
    document["levels"][0]["from"] = "90"
    document["items"][0]["points"] = "30"
    gone = document["items"].pop()
    text = json.dumps(document, ensure_ascii=False, indent=2)
    checked = admin.send(f"{base}/methods/new", {"document": text}, headers=ENGLISH)
    assert checked.status_code == 200
    assert cells(checked.text)[:4] == [
        [
            "优良信息",
            "优良信息 · added · at most 40.00",
            "优良信息 · added · at most 30.00",
        ],
        ["AAA 优秀", "AAA 优秀 · from 85.00", "AAA 优秀 · from 90.00"],
        [
            "B1 企业注册信息填报完整、真实",
            "企业注册信息填报完整、真实 · base · 0.00–30.00 · example",
            "企业注册信息填报完整、真实 · base · 30.00 · example",
        ],
        [
            f"S4 {gone['text']}",
            f"{gone['text']} · bad · 0.00 · veto · until put right · needs evidence"
            f" · {gone['article']} · example",
            "—",
        ],
    ]
    tomorrow = (today() + timedelta(days=1)).isoformat()
    action, sent = filled_in(checked.text)
    assert json.loads(sent["document"]) == document
    assert admin.send(action, sent | {"in_force_on": tomorrow}).status_code == 303
    rows = cells(admin.get(f"{base}/methods", headers=ENGLISH).text)
    assert [(row[1], row[4]) for row in rows] == [("2", "To come"), ("1", "In force")]


def test_another_method_says_that_everybody_begins_anew(
    office: Any, admin: Browser, base: str
) -> None:
    office.adopt("yantai_2022")
    pages = {
        key: admin.get(f"{base}/methods/shipped/{key}", headers=ENGLISH).text
        for key in ("yantai_2022", "lianyungang_2018")
    }
    warned = {key: "every company begins anew" in page for key, page in pages.items()}
    assert warned == {"yantai_2022": False, "lianyungang_2018": True}
    assert "Nothing: it says the same." in pages["yantai_2022"]


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("", ["Please fill this in."]),
        ("{", ["This is not JSON: line 1, column 2."]),
        ("[1, 2]", ["A method is an object with names and values."]),
        ("9" * 5000, ["This cannot be read as JSON."]),
        ("[" * 20000, ["This cannot be read as JSON."]),
    ],
)
def test_what_is_no_method_is_refused_and_kept(
    admin: Browser, base: str, refusals: Refusals, text: str, refused: list[str]
) -> None:
    answer = admin.send(f"{base}/methods/new", {"document": text}, headers=ENGLISH)
    assert (answer.status_code, refusals(answer.text)) == (422, {"document": refused})
    assert f">{text}</textarea>" in answer.text.replace("&#34;", '"')


@pytest.mark.parametrize("title", ["坏\x00题", "\ud800"])
def test_what_cannot_be_stored_is_refused(
    admin: Browser, base: str, refusals: Refusals, title: str
) -> None:
    text = json.dumps(shipped("yantai_2022") | {"title": title})
    for path in ("new", "adopt"):
        sent = {"document": text, "in_force_on": "2022-07-01"}
        answer = admin.send(f"{base}/methods/{path}", sent, headers=ENGLISH)
        refused = {"document": ["It holds characters that are no text."]}
        assert (answer.status_code, refusals(answer.text)) == (422, refused)


def test_every_mistake_of_a_file_is_named_by_its_path(
    admin: Browser, base: str, refusals: Refusals
) -> None:
    document = shipped("yantai_2022")
    document["items"][3]["points"] = ["5", "1"]
    document["items"][7]["section"] = "better"
    document["levels"][1]["from"] = 80
    del document["start"]
    answer = admin.send(f"{base}/methods/new", {"document": json.dumps(document)}, headers=ENGLISH)
    assert answer.status_code == 422
    lines = refusals(answer.text)["document"]
    assert sorted(line.split(":")[0] for line in lines) == [
        "items.3.points",
        "items.7.section",
        "levels.1.from",
        "start",
    ]


def test_an_adoption_without_a_day_keeps_the_file(
    admin: Browser, base: str, refusals: Refusals
) -> None:
    text = json.dumps(shipped("yantai_2022"))
    answer = admin.send(
        f"{base}/methods/adopt", {"document": text, "in_force_on": "soon"}, headers=ENGLISH
    )
    assert (answer.status_code, list(refusals(answer.text))) == (422, ["in_force_on"])
    assert "&#34;key&#34;: &#34;yantai_2022&#34;" in answer.text
    broken = admin.send(f"{base}/methods/adopt", {"document": "{", "in_force_on": "2022-07-01"})
    assert broken.status_code == 422


def test_a_method_of_another_district_is_not_there(office: Any, take_office: Any) -> None:
    method = office.adopt("yantai_2022")
    elsewhere = take_office().district
    other = elsewhere.person("administrator", elsewhere.code)
    for path in (method, f"{method}/document"):
        assert other.get(f"/{elsewhere.code}/red_property/methods/{path}").status_code == 404
