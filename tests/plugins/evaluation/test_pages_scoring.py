"""Scoring on pages: one contestant after the other, and the table."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest

from core.clock import today
from core.testing.world import SYSTEM, Browser
from plugins.evaluation import service
from tests.plugins.evaluation.pages import (
    ENGLISH,
    browser_of,
    done,
    filled,
    read,
    refusals,
    send,
    text,
    value,
)
from tests.plugins.evaluation.town import Town


@dataclass
class Scoring:
    """An open season, and the browser of somebody who scores everything in it."""

    season: UUID
    page: str
    browser: Browser
    places: list[UUID]


@pytest.fixture
def scoring(town: Town) -> Scoring:
    """A season that began last quarter."""
    with town.district.entered():
        season = town.season()
        scorer = town.scorer(season, "检查组", "街道办")
        places = [place.id for place in town.communities]
        season_id = season.id
    page = f"/{town.street_code}/evaluation/scoring/{season_id}"
    return Scoring(season_id, page, browser_of(town, scorer), places)


def test_saving_goes_on_to_the_next_who_is_not_done(town: Town, scoring: Scoring) -> None:
    one, two, three, _off = town.codes
    page, browser = scoring.page, scoring.browser
    assert browser.get(page).location == f"{page}/3"
    assert "0 of 3 done" in read(browser, f"{page}/1")
    marks = {"score-c1": "９．５", "score-c2": "0", "score-c3": "7"}
    assert done(browser, f"{page}/1/{two}", **marks) == f"{page}/1/{three}"
    assert done(browser, f"{page}/1/{three}", **marks) == f"{page}/1/{one}"
    assert done(browser, f"{page}/1/{one}", **marks, **{"remark-c1": "干净"}) == f"{page}/1"
    assert "3 of 3 done" in read(browser, f"{page}/1")
    form = browser.get(f"{page}/1/{one}", headers=ENGLISH).text
    assert (value(form, "score-c1"), value(form, "score-c3")) == ("9.5", "7")
    assert value(form, "remark-c1") == "干净"
    assert "0 of 3 done" in read(browser, f"{page}/2")


def test_what_is_refused_stands_beside_its_field_and_nothing_is_saved(
    town: Town, scoring: Scoring
) -> None:
    at = f"{scoring.page}/1/{town.codes[0]}"
    marks = {"score-c1": "10.01", "score-c2": "many", "score-c3": "3", "remark-c3": "三次"}
    refused = send(scoring.browser, at, **marks)
    assert refused.status_code == 422
    assert refusals(refused.text) == {
        "score-c1": "Between 0 and 10.",
        "score-c2": "Enter a whole number.",
    }
    assert [value(refused.text, name) for name in marks] == list(marks.values())
    assert value(scoring.browser.get(at).text, "score-c3") == ""
    nothing = send(scoring.browser, at)
    assert (nothing.status_code, refusals(nothing.text)) == (
        422,
        {"": "Enter at least one mark."},
    )


def test_what_was_entered_is_not_emptied(town: Town, scoring: Scoring) -> None:
    at = f"{scoring.page}/1/{town.codes[0]}"
    done(scoring.browser, at, **{"score-c1": "8", "score-c2": "1"})
    shown = filled(scoring.browser, at)
    refused = send(scoring.browser, at, **shown | {"score-c1": "", "score-c2": "2"})
    assert refused.status_code == 422
    assert refusals(refused.text) == {
        "score-c1": "What was entered cannot be emptied; enter another value."
    }
    form = scoring.browser.get(at).text
    assert (value(form, "score-c1"), value(form, "score-c2")) == ("8", "1")


def test_nobody_scores_where_they_work_or_are_not_appointed(town: Town, scoring: Scoring) -> None:
    own, other = town.codes[:2]
    with town.district.entered():
        season = town.season()
        scorer = town.scorer(season, "检查组", place=own, name="社区人")
        page = f"/{own}/evaluation/scoring/{season.id}"
    browser = browser_of(town, scorer)
    assert "You work there, so others score it." in read(browser, f"{page}/1")
    refused = send(browser, f"{page}/1/{own}", **{"score-c1": "10"})
    assert refused.status_code == 422
    assert "so others score it." in text(refused.text).partition("needs another look")[2]
    done(browser, f"{page}/1/{other}", **{"score-c1": "10"})
    cheat = filled(browser, f"{page}/1/sheet")
    cheat |= {f"score-{place}-c1": "9" for place in scoring.places[:3]}
    done(browser, f"{page}/1/sheet", **cheat)
    assert value(browser.get(f"{page}/1/{other}").text, "score-c1") == "9"
    assert "<input" not in browser.get(f"{page}/1/{own}").text.partition("score-fields")[2]
    inside = scoring.page.removeprefix(f"/{town.street_code}")
    assert browser.get(f"/{own}{inside}/1").status_code == 404
    assert send(browser, f"/{own}{inside}/1/{other}", **{"score-c1": "9"}).status_code == 404


def test_the_table_is_saved_as_a_whole_or_not_at_all(town: Town, scoring: Scoring) -> None:
    one, two, *_rest = scoring.places
    at = f"{scoring.page}/1/sheet"
    cells = {f"score-{one}-c1": "9", f"score-{one}-c4": "0", f"score-{two}-c1": "11"}
    refused = send(scoring.browser, at, **cells)
    assert refused.status_code == 422
    assert refusals(refused.text) == {f"score-{two}-c1": "Between 0 and 10."}
    assert value(refused.text, f"score-{one}-c1") == "9"
    assert value(scoring.browser.get(at).text, f"score-{one}-c1") == ""
    done(scoring.browser, at, **cells | {f"score-{two}-c1": "8.25"})
    assert "3 entries are saved." in read(scoring.browser, at)
    done(scoring.browser, at, **cells | {f"score-{two}-c1": "8.25"})
    assert "Nothing was changed." in read(scoring.browser, at)
    shown = filled(scoring.browser, at)
    emptied = send(scoring.browser, at, **shown | {f"score-{two}-c1": ""})
    assert emptied.status_code == 422
    assert list(refusals(emptied.text)) == [f"score-{two}-c1"]


def test_a_stale_page_replaces_nothing_that_was_entered_meanwhile(
    town: Town, scoring: Scoring
) -> None:
    with town.district.entered():
        colleague = town.person("staff", town.street_code, name="同事")
        service.seasons.appoint(SYSTEM, town.street, scoring.season, colleague.id, "街道办")
    other = browser_of(town, colleague)
    one, two, *_rest = scoring.places
    sheet, at = f"{scoring.page}/1/sheet", f"{scoring.page}/1/{town.codes[0]}"
    cell, untouched = f"score-{one}-c2", f"score-{two}-c2"
    for page, name, mine in ((sheet, cell, "7"), (at, "score-c2", "8")):
        stale = filled(scoring.browser, page)
        theirs = filled(other, sheet)
        was = theirs[cell]
        done(other, sheet, **theirs | {cell: f"{was}4", untouched: f"{was}6"})
        typed = stale | {name: mine, name.replace("c2", "c3"): "2"}
        refused = send(scoring.browser, page, **typed)
        meanwhile = "was entered here meanwhile. Send yours again if it is to replace that."
        assert (refused.status_code, refusals(refused.text)) == (
            422,
            {name: f"{was}4 {meanwhile}"},
        )
        assert (value(refused.text, name), value(refused.text, f"shown-{name}")) == (
            mine,
            f"{was}4",
        )
        assert filled(other, sheet)[cell] == f"{was}4"
        done(scoring.browser, page, **typed | {f"shown-{name}": f"{was}4"})
        found = filled(other, sheet)
        assert (found[cell], found[untouched]) == (mine, f"{was}6")


def test_a_round_that_has_not_begun_and_a_locked_season_take_no_scores(town: Town) -> None:
    with town.district.entered():
        season = town.season(begins_on=today().replace(day=1))
        season_id = season.id
        scorer = town.scorer(season, "检查组")
        page = f"/{town.street_code}/evaluation/scoring/{season.id}"
    browser = browser_of(town, scorer)
    early = send(browser, f"{page}/2/{town.codes[0]}", **{"score-c1": "9"})
    assert (early.status_code, refusals(early.text)) == (
        409,
        {"": "This round has not begun."},
    )
    done(browser, f"{page}/1/{town.codes[0]}", **{"score-c1": "9"})
    with town.district.entered():
        service.seasons.lock(SYSTEM, town.street, season_id, "测试")
    late = send(browser, f"{page}/1/{town.codes[0]}", **{"score-c1": "8.5"})
    assert (late.status_code, refusals(late.text)) == (
        409,
        {"": "This season is closed for scoring."},
    )
    assert value(late.text, "score-c1") == "8.5"
    assert "Nothing to score" in read(browser, f"/{town.street_code}/evaluation/scoring")
