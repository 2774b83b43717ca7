"""The page of settings: where a value comes from, inheriting, locking, and refusals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.testing import world
from core.testing.world import Browser


@pytest.fixture
def chief(tuned: Any) -> Browser:
    """The district's administrator, who reads English."""
    browser: Browser = tuned.district.person("administrator", tuned.codes[0])
    browser.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return browser


def origins(page: str) -> list[str]:
    """What the page says beside each setting, without its icon."""
    found = re.findall(r'<div class="setting-origin">(.*?)</div>', unescape(page), re.DOTALL)
    return [re.sub(r"<[^>]*>", "", each).strip() for each in found]


def boxes(page: str) -> list[str]:
    """The labels of the boxes below the settings."""
    below = re.findall(r'<div class="setting-boxes">(.*?)</div>', unescape(page), re.DOTALL)
    labels = [re.findall(r"<span[^>]*>(.*?)</span>", each, re.DOTALL) for each in below]
    return [label.strip() for several in labels for label in several]


def test_a_form_that_nobody_touched_changes_nothing(tuned: Any, chief: Browser) -> None:
    for code in tuned.codes:
        tuned.send(chief, code)
        assert tuned.state(code).own == {}
    everything = {"step": 30, "low": 0, "high": 9, "share": "0.10", "open": True, "note": "甲\n乙"}
    everything |= {"opens": "06:05:09", "until": None, "days": ["tue"], "numbers": []}
    for code in tuned.codes:
        tuned.change(code, everything)
        tuned.send(chief, code)
        assert tuned.state(code).own == everything


def test_every_kind_of_entry_is_set(tuned: Any, chief: Browser) -> None:
    typed = {
        "step": "60",
        "low": "－２",
        "high": " 24 ",
        "share": "1.250",
        "open": "on",
        "opens": "６：０５",
        "until": "2027年1月31日",
        "days": ["mon", "tue"],
        "numbers": "1\r\n\r\n 1,000 \r\n２",
        "note": "先到先得",
    }
    tuned.send(chief, tuned.codes[2], **typed)

    assert tuned.state(tuned.codes[2]).own == {
        "step": 60,
        "low": -2,
        "high": 24,
        "share": "1.250",
        "open": True,
        "opens": "06:05:00",
        "until": "2027-01-31",
        "days": ["mon", "tue"],
        "numbers": [1, 1000, 2],
        "note": "先到先得",
    }


def test_a_story_over_three_levels(tuned: Any, chief: Browser) -> None:
    district, street, community = tuned.codes
    above, between = tuned.name(district), tuned.name(street)
    visit = f"/{community}/tune/"
    tuned.district.enable("tune", community)

    def high() -> str:
        found = re.search(r"'high': (\d+)", chief.get(visit).text)
        assert found is not None
        return found[1]

    def said(code: str) -> str:
        return origins(chief.get(tuned.page(code)).text)[2]

    assert (high(), said(community)) == ("8", "Default")
    tuned.send(chief, district, high="6")
    assert (high(), said(district)) == ("6", "Set here")
    assert said(community) == f"Set by {above}"
    tuned.send(chief, community, high="4")
    assert (high(), said(community)) == ("4", "Set here")

    tuned.send(chief, street, **{"lock-high": "on"})
    assert (high(), said(street)) == ("6", f"Set by {above}")
    page = chief.get(tuned.page(community)).text
    assert origins(page)[2] == f"Locked by {between}"
    assert 'name="high"' not in page
    assert '<p class="setting-fixed">6 小时</p>' in page
    assert "What this place had set is kept" in page
    tuned.send(chief, community, low="0")
    assert tuned.state(community).own == {"low": 0, "high": 4}

    tuned.send(chief, street, **{"lock-high": None})
    assert high() == "4"
    assert f"Use what {above} has set: 6" in boxes(chief.get(tuned.page(community)).text)
    tuned.send(chief, community, **{"inherit-high": "by hand"})
    assert (high(), said(community)) == ("6", f"Set by {above}")
    assert tuned.state(community).own == {"low": 0}


def test_boxes_say_what_is_inherited_and_locks_stand_only_where_something_is_below(
    tuned: Any, chief: Browser
) -> None:
    _district, street, community = tuned.codes
    tuned.change(street, {"step": 30, "open": True, "days": ["mon", "tue"], "opens": "09:00"})
    name = tuned.name(street)

    assert boxes(chief.get(tuned.page(community)).text) == [
        f"Use what {name} has set: 30",
        "Use the default: 1",
        "Use the default: 8",
        "Use the default: 0.5",
        f"Use what {name} has set: Yes",
        f"Use what {name} has set: 09:00",
        "Use the default: None",
        f"Use what {name} has set: 周一, 周二",
        "Use the default: 3",
        "Use the default: None",
    ]
    assert boxes(chief.get(tuned.page(street)).text).count("Lock for all places below") == 10


def test_what_was_typed_counts_more_than_a_box_that_was_left_ticked(
    tuned: Any, chief: Browser
) -> None:
    community = tuned.codes[2]

    tuned.send(chief, community, high="5", open="on", **{"inherit-low": None})
    assert tuned.state(community).own == {"low": 1, "high": 5, "open": True}

    tuned.send(
        chief,
        community,
        step="",
        high="7",
        **{"inherit-high": "by hand", "inherit-open": "by hand"},
    )
    assert tuned.state(community).own == {"low": 1}


def test_nothing_typed_is_lost_when_entries_are_refused(tuned: Any, chief: Browser) -> None:
    community = tuned.codes[2]
    typed = {"high": "many", "low": "", "opens": "25:00", "numbers": "1\nx", "note": "留着"}
    page = tuned.send(chief, community, expect=422, step="20", **typed, **{"inherit-low": None})

    summary = re.findall(r'<li><a href="#field-(\w+)">(.*?)</a></li>', page)
    assert dict(summary) == {
        "step": "步长: Choose one of the list.",
        "low": "下限: Please fill this in.",
        "high": "上限: Enter a whole number.",
        "opens": "开门: Enter a time of day, such as 08:30.",
        "numbers": "号码: Enter a whole number.",
    }
    for kept in ('value="many"', 'value="25:00"', ">1\nx</textarea>", 'value="留着"'):
        assert kept in page
    assert tuned.state(community).version == "0.0.0"
    assert "下限: 下限高于上限。" in tuned.send(chief, community, expect=422, low="9")


def test_of_two_open_forms_the_second_is_shown_what_changed(
    tuned: Any, chief: Browser, sent_by: Callable[[str], dict[str, Any]]
) -> None:
    district, _street, community = tuned.codes
    opened = sent_by(chief.get(tuned.page(community)).text)
    tuned.change(community, {"high": 5})
    tuned.change(district, {"low": 0}, locked=["low"])

    answer = chief.send(tuned.page(community), opened | {"high": "6", "note": "我的"})

    page = unescape(answer.text)
    assert answer.status_code == 409
    assert "Somebody changed these settings after you opened them." in page
    assert 'value="我的"' in page and 'value="6"' in page
    assert '<p class="setting-now">In force now: 5</p>' in page
    assert page.count("In force now") == 2
    assert origins(page)[1] == f"Locked by {tuned.name(district)}"
    assert tuned.state(community).own == {"high": 5}
    assert chief.send(tuned.page(community), sent_by(page)).status_code == 303
    assert tuned.state(community).own == {"high": 6, "note": "我的"}


def test_saving_again_after_a_conflict_undoes_nothing_that_the_other_set(
    tuned: Any, chief: Browser, sent_by: Callable[[str], dict[str, Any]]
) -> None:
    district, community = tuned.codes[0], tuned.codes[2]
    opened = sent_by(chief.get(tuned.page(district)).text)
    tuned.change(district, {"high": 6, "days": ["tue", "mon"]}, locked=["high"])

    mine = {"low": "2", "inherit-low": None, "lock-open": "on"}
    refused = _post(chief, tuned.page(district), opened | mine)

    assert refused.status_code == 409
    page = unescape(refused.text)
    assert _in_force(page) == {"下限": "1, not locked", "对外开放": "No, not locked"}
    again = _post(chief, tuned.page(district), sent_by(page))
    assert again.status_code == 303
    state = tuned.state(district)
    assert state.own == {"low": 2, "high": 6, "days": ["mon", "tue"]}
    assert state.locked == {"high", "open"}
    assert tuned.of(community)["high"] == 6


def test_what_both_touched_is_kept_as_typed_and_the_page_says_what_the_other_set(
    tuned: Any, chief: Browser, sent_by: Callable[[str], dict[str, Any]]
) -> None:
    district = tuned.codes[0]
    tuned.change(district, {"low": 0, "share": "0.20"})
    opened = sent_by(chief.get(tuned.page(district)).text)
    tuned.change(district, {"high": 6, "share": "0.20"}, locked=["high", "share"])

    mine = {"high": "7", "inherit-share": "by hand", "low": "-1", "numbers": "1"}
    page = unescape(_post(chief, tuned.page(district), opened | mine).text)
    assert _in_force(page) == {
        "下限": "1, not locked",
        "上限": "6, locked for all places below",
        "比例": "0.20, locked for all places below",
        "号码": "3, not locked",
    }
    tuned.change(district, {"high": 5}, locked=["high"])
    page = unescape(_post(chief, tuned.page(district), sent_by(page)).text)
    assert _in_force(page)["上限"] == "5, locked for all places below"
    assert _post(chief, tuned.page(district), sent_by(page)).status_code == 303
    state = tuned.state(district)
    assert (state.own, state.locked) == ({"low": -1, "high": 7, "numbers": [1]}, {"high"})


def _post(browser: Browser, url: str, entries: dict[str, Any]) -> Any:
    return browser.send(url, {key: value for key, value in entries.items() if value is not None})


def _in_force(page: str) -> dict[str, str]:
    """What the page says is in force now, by the label of the setting."""
    found = re.findall(r'<section class="setting" aria-label="(.*?)">(.*?)</section>', page, re.S)
    said = {label: re.search(r"In force now: (.*?)\s*</p>", body) for label, body in found}
    return {label: match[1] for label, match in said.items() if match}


def test_who_may_set_and_where(tuned: Any, chief: Browser) -> None:
    district, street, community = tuned.codes
    neighbour = tuned.district.neighbour(community)
    local = tuned.district.person("administrator", community)
    clerk = tuned.district.person("staff", community)

    def statuses(code: str, *people: Browser) -> list[int]:
        url = tuned.page(code)
        return [f(url).status_code for p in people for f in (p.get, p.send)]

    assert statuses(community, chief, local, clerk) == [200, 409, 200, 409, 403, 403]
    for code in (neighbour, street, district):
        assert statuses(code, local) == [404, 404]
    assert chief.get(f"/{community}/-/apps/nothing/settings").status_code == 404
    tuned.district.allow("tune", "forbidden")
    assert statuses(community, chief) == [404, 404]
    assert tuned.page(community) not in chief.get(f"/{community}/-/apps").text


def test_the_page_shows_nothing_of_neighbours_or_of_other_districts(
    tuned: Any, unused_codes: Iterator[str]
) -> None:
    community = tuned.codes[2]
    other = type(tuned)(world.onboard(tuned.district.app, next(unused_codes)))
    for place in (tuned.district.neighbour(community), *other.codes):
        (tuned if place[:6] == tuned.codes[0] else other).change(place, {"note": f"只在{place}"})
    other.change(other.codes[0], {}, locked=["high"])
    local = tuned.district.person("administrator", community)

    page = local.get(tuned.page(community)).text

    assert "只在" not in page
    assert {item.source for item in tuned.state(community).items.values()} == {None}
    assert local.get(other.page(other.codes[2])).status_code == 404


def test_the_application_centre_leads_there_at_every_level(tuned: Any, chief: Browser) -> None:
    viewer = tuned.district.person("viewer", tuned.codes[0])
    for code in tuned.codes:
        for page in (f"/{code}/-/apps", f"/{code}/-/apps/tune"):
            assert f'href="{tuned.page(code)}"' in chief.get(page).text
            assert tuned.page(code) not in viewer.get(page).text


def test_saving_and_being_refused_are_recorded(tuned: Any, chief: Browser) -> None:
    community = tuned.codes[2]
    tuned.send(chief, community, high="5")
    clerk = tuned.district.person("staff", community)
    clerk.send(tuned.page(community), {"high": "6"})

    with tuned.district.entered():
        rows = db.session.execute(
            select(AuditEntry.outcome, AuditPayload.before, AuditPayload.after)
            .join(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
            .where(AuditEntry.action == "core.plugin.configure")
            .order_by(AuditEntry.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("done", {"settings": {}, "locked": []}, {"settings": {"high": 5}, "locked": []}),
        ("refused", None, None),
    ]


def test_another_process_shows_a_change_on_the_next_request(
    tuned: Any, chief: Browser, again: Callable[[Any], Any]
) -> None:
    community, other = tuned.codes[2], again(tuned)
    tuned.district.enable("tune", community)
    elsewhere = other.district.person("viewer", community)
    assert "'high': 8," in elsewhere.get(f"/{community}/tune/").text

    tuned.send(chief, tuned.codes[0], high="6")

    assert "'high': 6," in elsewhere.get(f"/{community}/tune/").text
