"""The page on which a district answers a person: look, hand out, erase, and who may not."""

from __future__ import annotations

import json
import re
from typing import Any

from core.testing.world import Browser

PHONE, NAME = "13600000001", "王芳芳"
ENGLISH = {"Accept-Language": "en"}


def words(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def send(browser: Browser, path: str, phone: str = "+86 136 0000 0001") -> Any:
    return browser.send(path, {"phone": phone}, headers=ENGLISH)


def test_look_hand_out_and_erase(held: Any) -> None:
    admin = held.district.person("administrator", held.district.code, name="管理员")
    here = f"/{held.district.code}/-/personal-data"
    assert admin.get(here).status_code == 200

    looked = words(send(admin, here))
    assert "Held about 136****0001" in looked
    core = "Account 1, Roles 1, One-time links 1, Files of refused forms 1"
    assert f"What goes: {core}, entry 2." in looked
    assert "What stays, without the name: line 4." in looked
    assert "What goes, or stays without the name: entry 2, line 4." in looked
    assert NAME not in looked

    copy = send(admin, f"{here}/export")
    assert copy.headers["Cache-Control"] == "no-store"
    assert re.fullmatch(
        r'attachment; filename="personal-data-\d{8}-\d{4}\.json"',
        copy.headers["Content-Disposition"],
    )
    found = {s["key"]: s["rows"] for s in json.loads(copy.text)["sections"]}
    assert found["diary.entry"] == [{"name": NAME}] * 2
    who = [r["actor"] for r in found["core.audit"] if r["act"] == "core.person.look"]
    assert who == ["管理员"]

    erased = send(admin, f"{here}/erase")
    assert (erased.status_code, erased.location) == (303, here)
    report = f"Erased: {core}, entry 2, entry 2."
    assert report in words(admin.get(here, headers=ENGLISH))
    again = words(send(admin, here))
    assert "Entries of the audit log" in again
    assert "What goes" not in again


def test_a_number_that_is_none_is_told_beside_its_field(held: Any) -> None:
    admin = held.district.person("administrator", held.district.code)
    here = f"/{held.district.code}/-/personal-data"
    for path in (here, f"{here}/export", f"{here}/erase"):
        answer = send(admin, path, "12345")
        assert answer.status_code == 422
        assert 'href="#field-phone"' in answer.text
        assert "Enter a mobile number of 11 digits." in words(answer)


def test_an_objection_and_a_failure_are_told(held: Any, notebooks: Any) -> None:
    admin = held.district.person("administrator", held.district.code)
    path = f"/{held.district.code}/-/personal-data/erase"
    before = held.rows(held.district)
    with notebooks.diary.objecting("案件未结"):
        answer = send(admin, path)
    assert answer.status_code == 409
    assert "<div>Not now. 日记: 案件未结.</div>" in answer.text
    assert "field-phone" not in answer.text
    assert "What goes: Account 1" in words(answer)
    copy = json.loads(send(admin, f"/{held.district.code}/-/personal-data/export").text)
    log = next(s["rows"] for s in copy["sections"] if s["key"] == "core.audit")
    assert {row["act"]: row["entries"] for row in log if row["relation"] == "about"}.get(
        "core.person.look"
    ) == 1

    def fail() -> None:
        raise RuntimeError

    with notebooks.diary.failing(fail):
        answer = send(admin, path)
    assert (answer.status_code, "日记 failed, so nothing was done." in words(answer)) == (500, True)
    assert held.rows(held.district) == before


def test_nobody_knows_a_number_that_is_known_next_door(held: Any) -> None:
    only_there = "13600000009"
    with held.elsewhere.entered():
        held.notebook.write(
            held.elsewhere.place(held.elsewhere.communities[0]).view, NAME, only_there
        )
    admin = held.district.person("administrator", held.district.code)
    looked = words(send(admin, f"/{held.district.code}/-/personal-data", only_there))
    assert "Nothing is held about this number" in looked


def test_only_the_district_s_administrators_see_it(held: Any) -> None:
    here = f"/{held.district.code}/-/personal-data"
    street = held.district.person("administrator", held.community[:9])
    staff = held.district.person("staff", held.district.code)
    foreign = held.elsewhere.person("administrator", held.elsewhere.code)
    statuses = {
        name: [
            send(browser, path).status_code for path in (here, f"{here}/export", f"{here}/erase")
        ]
        for name, browser in {"street": street, "staff": staff, "foreign": foreign}.items()
    }
    assert statuses == {"street": [404] * 3, "staff": [403] * 3, "foreign": [404] * 3}
    assert street.get(f"/{held.community[:9]}/-/personal-data").status_code == 404
