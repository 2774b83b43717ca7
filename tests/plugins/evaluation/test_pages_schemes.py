"""Designing a competition on pages: templates, weights, criteria, publishing."""

from __future__ import annotations

import re

import pytest

from core.testing.world import Browser
from tests.plugins.evaluation.pages import ENGLISH, done, read, refusals, send, value
from tests.plugins.evaluation.town import Town


@pytest.fixture(scope="module")
def chief(town: Town) -> Browser:
    """Who runs competitions of the street."""
    return town.district.person("administrator", town.street_code, name="陈立")


@pytest.fixture
def draft(town: Town, chief: Browser) -> str:
    """The page of a draft, copied from the yearly template."""
    at = f"/{town.street_code}/evaluation/schemes/templates"
    return done(chief, at, template="community_year")


def test_an_empty_list_leads_to_the_templates(town: Town) -> None:
    code = town.codes[0]
    chief = town.district.person("administrator", code)
    page = chief.get(f"/{code}/evaluation/", headers=ENGLISH).text
    assert f'href="/{code}/evaluation/schemes/templates">Open a competition from a template' in page
    viewer = town.district.person("viewer", code)
    assert "from a template" not in viewer.get(f"/{code}/evaluation/", headers=ENGLISH).text


def test_a_template_is_copied_published_and_begun_anew(chief: Browser, draft: str) -> None:
    assert "The weights sum to 100.00" in read(chief, draft)
    nobody = send(chief, f"{draft}/publish")
    assert (nobody.status_code, refusals(nobody.text)) == (
        422,
        {"": "Say whom to object to, under “Rules”."},
    )
    rules = {"rhythm": "month", "notice_days": "7", "objection_days": "5", "award_ranks": "3"}
    office = {"objections_to": "街道办事处", "award_title": "先进社区", "award_line": "0"}
    done(chief, f"{draft}/rules", **rules, **office)
    assert done(chief, f"{draft}/publish") == draft
    assert "Published" in read(chief, draft)
    assert send(chief, f"{draft}/rules").status_code == 404
    done(chief, f"{draft}/versions")
    said = read(chief, draft)
    assert "What is judged, version 2" in said
    assert "Until version 2 is published, seasons are opened with version 1." in said


def test_weights_are_summed_on_the_page_and_99_are_not_published(
    chief: Browser, draft: str
) -> None:
    ids = re.findall(r'criteria/([0-9a-f-]{36})"', chief.get(draft).text)
    form = chief.get(f"{draft}/criteria/{ids[0]}", headers=ENGLISH).text
    assert (value(form, "weight"), value(form, "full")) == ("40", "100")
    change = {"title": "环境卫生", "full": "１００", "scorers": "检查组", "tie_order": "1"}
    done(chief, f"{draft}/criteria/{ids[0]}", **change, weight="３９．００")
    assert "The weights sum to 99.00: 1.00 are left to reach 100" in read(chief, draft)
    refused = send(chief, f"{draft}/publish")
    assert refused.status_code == 422
    assert "99" in refusals(refused.text)[""]
    done(chief, f"{draft}/criteria/{ids[0]}", **change, weight="41.5")
    assert "The weights sum to 101.50: 1.50 too many" in read(chief, draft)
    done(chief, f"{draft}/criteria/{ids[-1]}/remove")
    assert "重大安全责任事故" not in read(chief, draft)


@pytest.mark.parametrize(
    ("kind", "entries", "wrong"),
    [
        ("score", {"weight": "20.005"}, {"weight": "At most two decimals."}),
        ("score", {"weight": "0"}, {"weight": "Between 0.01 and 100."}),
        ("score", {"scorers": ""}, {"scorers": "Please fill this in."}),
        ("count", {"full": "1.5"}, {"full": "Enter a whole number."}),
        ("count", {"direction": "sideways"}, {"direction": "Choose one of the list."}),
        ("indicator", {"indicator": "nobody.counts"}, {"indicator": "Choose one of the list."}),
        (
            "indicator",
            {"full": "0.01"},
            {"full": "This is finer than the indicator measures."},
        ),
        ("veto", {"title": ""}, {"title": "Please fill this in."}),
    ],
)
def test_a_bad_criterion_is_refused_beside_its_field_and_what_was_typed_stays(
    chief: Browser, draft: str, kind: str, entries: dict[str, str], wrong: dict[str, str]
) -> None:
    good = {"title": "新的", "full": "10", "weight": "5", "direction": "more"}
    good |= {"scorers": "检查组", "indicator": "volunteer.hours"}
    refused = send(chief, f"{draft}/criteria/new?kind={kind}", **good | entries)
    assert refused.status_code == 422
    assert refusals(refused.text) == wrong
    if "title" not in entries:
        assert value(refused.text, "title") == "新的"
    assert "新的" not in read(chief, draft)


def test_an_indicator_is_written_in_its_shown_unit(chief: Browser, draft: str) -> None:
    assert "from 100 h" in read(chief, draft)
    hours = {"title": "志愿", "indicator": "volunteer.hours", "direction": "fewer"}
    done(chief, f"{draft}/criteria/new?kind=indicator", **hours, full="2.5", weight="5")
    assert "none; nothing from 2.50 h" in read(chief, draft)
    assert "rewards volume" in read(chief, draft)


def test_a_scheme_is_seen_and_changed_only_where_it_belongs(
    town: Town, chief: Browser, draft: str
) -> None:
    inside = draft.removeprefix(f"/{town.street_code}")
    for code in (town.codes[0], town.district.code):
        other = town.district.person("administrator", code)
        assert other.get(f"/{code}{inside}").status_code == 404
        assert send(other, f"/{code}{inside}/publish").status_code == 404
        assert send(other, f"/{code}{inside}/open").status_code == 404


def test_an_unknown_template_and_kind_are_refused(town: Town, chief: Browser, draft: str) -> None:
    at = f"/{town.street_code}/evaluation/schemes/templates"
    assert send(chief, at, template="nothing").status_code == 404
    assert chief.get(f"{draft}/criteria/new?kind=vote").status_code == 404
