"""From closing to awarding on pages, and what everybody reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import insert

from core.clock import now, today
from core.db import db
from core.ids import new_id
from core.places.models import Place
from core.places.view import PlaceView
from core.testing import world
from core.testing.statements import recorded
from core.testing.world import SYSTEM, Browser, english
from plugins.evaluation import service
from tests.plugins.evaluation import town as towns
from tests.plugins.evaluation.pages import (
    ENGLISH,
    browser_of,
    done,
    notice_was,
    read,
    refusals,
    send,
    text,
)
from tests.plugins.evaluation.town import LAST_QUARTER, Town

MARKS = (
    {"c1": 950, "c2": 1, "c3": 7, "c4": 0},
    {"c1": 900, "c2": 0, "c3": 7},
    {"c1": 990, "c4": 1},
)
"""What the three contestants get in each of three rounds; the third has a veto."""
SCORES = ("87.63", "94.00", "59.40")
"""By hand: 60 × 28.50 ÷ 30 = 57.00, 25 × (8 − 3) ÷ 8 = 15.625, up to 15.63, 15 × 7 ÷ 7 = 15.00;
60 × 27 ÷ 30 = 54.00, 25.00, 15.00; 60 × 29.70 ÷ 30 = 59.40, and nothing for what is not entered."""


@dataclass
class Judged:
    """A season, seen from its street and from a community that competes."""

    id: UUID
    street: str
    community: str
    chief: Browser
    staff: Browser
    visitor: Browser

    @property
    def public(self) -> str:
        return self.street.replace("/seasons/", "/open/")


@pytest.fixture(scope="module")
def chief(town: Town) -> Browser:
    return town.district.person("administrator", town.street_code, name="陈立")


@pytest.fixture(scope="module")
def staff(town: Town) -> Browser:
    return town.district.person("staff", town.codes[0], name="林晓")


@pytest.fixture
def judged(town: Town, chief: Browser, staff: Browser) -> Judged:
    """A season of last quarter in which everything is entered."""
    with town.district.entered():
        season = town.season()
        scorer = town.scorer(season, "检查组", "街道办", name="高翔翔")
        for place, marks in zip(town.communities, MARKS, strict=False):
            for number in (1, 2, 3):
                service.scoring.enter(
                    scorer, town.street, season.id, place.id, number, marks, {"c1": "楼道"}
                )
        id_ = season.id
    return Judged(
        id_,
        f"/{town.street_code}/evaluation/seasons/{id_}",
        f"/{town.codes[0]}/evaluation/seasons/{id_}",
        chief,
        staff,
        world.browser(town.district.app),
    )


def on_notice(judged: Judged) -> None:
    done(judged.chief, f"{judged.street}/lock", reason="测试")
    done(judged.chief, f"{judged.street}/compute")
    done(judged.chief, f"{judged.street}/notice")


def test_a_season_goes_its_way_and_is_public_from_its_notice_on(town: Town, judged: Judged) -> None:
    chief, visitor, public = judged.chief, judged.visitor, judged.public
    why = f"{public}/{town.codes[0]}"
    hidden = (public, why, public.replace(town.street_code, town.codes[0], 1))

    def statuses() -> set[int]:
        return {visitor.get(path).status_code for path in hidden}

    assert statuses() == {404}
    for step in ("compute", "notice", "award"):
        assert send(chief, f"{judged.street}/{step}").status_code == 409
    refused = send(chief, f"{judged.street}/lock")
    assert refused.status_code == 409
    assert list(refusals(refused.text)) == ["reason"]
    done(chief, f"{judged.street}/lock", reason="有两项没有评")
    assert statuses() == {404}
    assert done(chief, f"{judged.street}/compute") == f"{judged.street}/league"
    assert statuses() == {404}
    assert judged.staff.get(f"{judged.community}/league").status_code == 404
    said = read(chief, f"{judged.street}/notice")
    assert "Everybody will see the ranks and scores of 3 contestants" in said
    done(chief, f"{judged.street}/notice")
    assert statuses() == {200}
    last = today() + timedelta(days=7)
    chinese = visitor.get(public, headers={"Accept-Language": "zh"}).text
    assert f"{last.year}年{last.month}月{last.day}日" in chinese
    for text_ in (read(visitor, public), read(judged.staff, f"{judged.community}/league")):
        found = re.findall(r"\d\d\.\d\d", text_.partition("Rank Contestant Score")[2])
        assert [found[0], found[4], found[8]] == ["94.00", "87.63", "59.40"]
        assert "Barred" in text_
    early = send(chief, f"{judged.street}/award")
    assert early.status_code == 409
    notice_was(
        town,
        judged.id,
        today() - timedelta(days=9),
        today() - timedelta(days=2),
        today() - timedelta(days=4),
    )
    assert "1 place wins “先进社区”:" in read(chief, f"{judged.street}/award")
    done(chief, f"{judged.street}/award")
    assert "The result is final." in read(chief, judged.street)
    assert "94.00" in read(visitor, f"/{town.codes[1]}/evaluation/open/awards")
    assert "No award yet" in read(visitor, f"/{town.codes[0]}/evaluation/open/awards")


def test_an_explanation_adds_up_and_names_no_scorer(town: Town, judged: Judged) -> None:
    on_notice(judged)
    for code, score in zip(town.codes, SCORES, strict=False):
        page = judged.visitor.get(f"{judged.public}/{code}", headers=ENGLISH).text
        shown = text(re.search(r'<p class="sum">.*?</p>', page, re.DOTALL)[0])  # type: ignore[index]
        total, *terms = [Decimal(each) for each in re.findall(r"\d+\.\d\d", shown)]
        assert (str(total), sum(terms)) == (score, total)
        assert ("高翔翔" in page, "检查组" in page) == (False, True)
    said = read(judged.visitor, f"{judged.public}/{town.codes[0]}")
    assert "60.00 × 28.50 ÷ (3 × 10.00) = 57.00" in said
    assert "25.00 × (8 − 3) ÷ 8 = 15.63" in said
    assert "15.00 × 7 ÷ 7 = 15.00" in said
    assert "Rank 2 of 3." in said
    barred = read(judged.visitor, f"{judged.public}/{town.codes[2]}")
    assert "Barred by a veto: it ranks after everybody who is not." in barred
    assert "Not scored: nothing was entered, so it gives nothing." in barred
    assert judged.visitor.get(f"{judged.public}/{town.codes[3]}").status_code == 404


def test_only_the_place_that_holds_a_season_runs_it(town: Town, judged: Judged) -> None:
    inside = judged.community.removeprefix(f"/{town.codes[0]}")
    for code in (town.codes[0], town.district.code):
        other = town.district.person("administrator", code)
        at = f"/{code}{inside}"
        for step in ("lock", "compute", "notice", "award"):
            assert send(other, f"{at}/{step}", reason="测试").status_code == 404
        person = {"user_id": str(uuid4()), "role": "检查组"}
        assert send(other, f"{at}/scorers", **person).status_code in (404, 422)
        assert "Close scoring</a>" not in other.get(at, headers=ENGLISH).text
    top = town.district.person("administrator", town.district.code)
    page = top.get(f"/{town.district.code}{inside}", headers=ENGLISH).text
    assert f'href="{judged.street}">It is run at' in page
    assert "Score" in read(judged.chief, judged.street)


def test_scorers_are_appointed_and_dismissed(town: Town, judged: Judged) -> None:
    with town.district.entered():
        inspector = town.person("staff", town.street_code, name="沈洁洁")
    at = f"{judged.street}/scorers"
    nobody = send(judged.chief, at, user_id=str(uuid4()), role="检查组")
    assert (nobody.status_code, refusals(nobody.text)) == (
        422,
        {"user_id": "Choose one of the list."},
    )
    done(judged.chief, at, user_id=str(inspector.id), role="检查组")
    browser = browser_of(town, inspector)
    mine = f"/{town.street_code}/evaluation/scoring"
    assert str(judged.id) in browser.get(mine).text
    twice = send(judged.chief, at, user_id=str(inspector.id), role="检查组")
    assert (twice.status_code, list(refusals(twice.text))) == (409, ["user_id"])
    rows = re.findall(
        r'rowheader" class="cell-title">(\S+?)</th>.*?scorers/([0-9a-f-]{36})/dismiss',
        judged.chief.get(judged.street).text.partition('id="scorers"')[2],
        re.DOTALL,
    )
    scorers = dict(rows)
    done(judged.chief, f"{at}/{scorers['沈洁洁']}/dismiss")
    assert str(judged.id) not in browser.get(mine).text
    kept = send(judged.chief, f"{at}/{scorers['高翔翔']}/dismiss")
    assert kept.status_code == 409


def test_an_objection_is_filed_answered_and_leads_to_a_correction(
    town: Town, judged: Judged
) -> None:
    on_notice(judged)
    own, other = (f"{judged.community}/places/{code}/objection" for code in town.codes[:2])
    assert judged.staff.get(other).status_code == 404
    assert send(judged.staff, other, text="不服").status_code == 404
    id_ = str(new_id())
    empty = send(judged.staff, own, id=id_, text=" ")
    assert (empty.status_code, refusals(empty.text)) == (422, {"text": "Please fill this in."})
    for _again in range(2):
        done(judged.staff, own, id=id_, text="7 月的检查不在本社区")
    assert "7 月的检查不在本社区" in read(judged.visitor, judged.public)
    assert "1 objection waits for an answer." in read(judged.chief, judged.street)
    listed = judged.chief.get(f"{judged.street}/objections").text
    answer = re.search(r'href="([^"]+/objections/[0-9a-f-]{36})"', listed)[1]  # type: ignore[index]
    assert "/objections/" not in judged.staff.get(f"{judged.community}/objections").text
    bad = send(judged.chief, answer, decision="maybe", answer="")
    assert refusals(bad.text) == {
        "decision": "Choose one of the list.",
        "answer": "Please fill this in.",
    }
    done(judged.chief, answer, decision="upheld", answer="已改正")
    assert "Answer: 已改正" in read(judged.visitor, judged.public)

    why = f"{judged.street}/places/{town.codes[0]}"
    fix = re.search(r'href="([^"]+/correct/[^"]+)"', judged.chief.get(why).text)[1]  # type: ignore[index]
    assert "/correct/" not in judged.staff.get(f"{judged.community}/places/{town.codes[0]}").text
    high = send(judged.chief, fix, value="10.5", reason="核对")
    assert refusals(high.text) == {"value": "Between 0 and 10."}
    none = send(judged.chief, fix, value="", reason="核对")
    assert refusals(none.text) == {"value": "Please fill this in."}
    done(judged.chief, fix, value="10", reason="核对后改正")
    for public in (judged.public, f"{judged.public}/{town.codes[0]}"):
        told = read(judged.visitor, public)
        assert "The result is being corrected" in told
        assert re.findall(r"\d+\.\d\d", told) == []
    assert "Answer: 已改正" in read(judged.chief, f"{judged.street}/objections")
    assert judged.staff.get(f"{judged.community}/objections").status_code == 404
    said = read(judged.chief, why)
    assert "60.00 × 29.00 ÷ (3 × 10.00) = 58.00" in said
    assert "楼道 Why it was corrected: 核对后改正" in said
    assert "at first: 9.50" in said
    done(judged.chief, f"{judged.street}/notice")
    assert "58.00" in read(judged.visitor, f"{judged.public}/{town.codes[0]}")
    assert "1 objection" not in read(judged.chief, judged.street)


def test_what_was_not_scored_is_added_from_the_explanation(town: Town, judged: Judged) -> None:
    done(judged.chief, f"{judged.street}/lock", reason="第三名没有投诉数据")
    done(judged.chief, f"{judged.street}/compute")
    why = f"{judged.street}/places/{town.codes[2]}"
    page = judged.chief.get(why, headers=ENGLISH).text
    links = re.findall(r'href="([^"]+/add/[^"]+)"', page)
    assert len(links) == 4
    form = judged.chief.get(links[1], headers=ENGLISH).text
    scorer = re.search(r'<option value="([0-9a-f-]{36})"', form)[1]  # type: ignore[index]
    empty = send(judged.chief, links[1], round="2", scorer=scorer)
    assert refusals(empty.text) == {
        "value": "Please fill this in.",
        "reason": "Please fill this in.",
    }
    said = {"round": "2", "scorer": scorer, "value": "4", "reason": "漏录"}
    assert send(judged.chief, links[1], **said | {"round": "4"}).status_code == 422
    done(judged.chief, links[1], **said)
    # Four complaints in one round of three: 25 × (8 − 4) × 1 ÷ (8 × 3) = 4.1666…
    told = read(judged.chief, why)
    assert "25.00 × (8 − 4) × 1 ÷ (8 × 3) = 4.17" in told
    assert "1 round of 3 was entered; the others give nothing." in told
    twice = send(judged.chief, links[1], **said)
    assert (twice.status_code, refusals(twice.text)) == (
        409,
        {"round": "This is entered already. Correct it instead."},
    )
    done(judged.chief, f"{judged.street}/notice")
    assert "/add/" not in judged.chief.get(why).text
    late = send(judged.chief, links[2], **said)
    assert late.status_code == 409
    reason = "Scoring was closed early, or with something missing: 第三名没有投诉数据"
    for public in (judged.public, f"{judged.public}/{town.codes[0]}"):
        assert reason in read(judged.visitor, public)


def test_who_entered_how_much_is_said_before_closing(town: Town, judged: Judged) -> None:
    with town.district.entered():
        idle = town.person("staff", town.street_code, name="沈闲闲")
        service.seasons.appoint(SYSTEM, town.street, judged.id, idle.id, "检查组")
    said = read(judged.chief, judged.street)
    assert "高翔翔 检查组 9 of 9" in said
    assert "沈闲闲 检查组 0 of 9" in said
    closing = read(judged.chief, f"{judged.street}/lock")
    assert "Appointed, but entered nothing: 沈闲闲" in closing


def test_only_those_who_judge_read_the_names_of_scorers(town: Town, judged: Judged) -> None:
    assert "高翔翔" in judged.chief.get(judged.street).text
    there = judged.staff.get(judged.community, headers=ENGLISH).text
    assert ("高翔翔" in there, "检查组: 1 person" in there) == (False, True)


def test_objections_wait_also_while_a_result_is_corrected(town: Town, judged: Judged) -> None:
    on_notice(judged)
    for code, upheld in ((town.codes[0], True), (town.codes[1], None)):
        at = judged.street.replace(town.street_code, code, 1)
        person = town.district.person("staff", code)
        done(person, f"{at}/places/{code}/objection", id=str(new_id()), text="请核对")
        if upheld:
            listed = judged.chief.get(f"{judged.street}/objections").text
            answer = re.search(r'href="([^"]+/objections/[0-9a-f-]{36})"', listed)[1]  # type: ignore[index]
            done(judged.chief, answer, decision="upheld", answer="属实")
    why = judged.chief.get(f"{judged.street}/places/{town.codes[0]}").text
    fix = re.search(r'href="([^"]+/correct/[^"]+)"', why)[1]  # type: ignore[index]
    done(judged.chief, fix, value="10", reason="核对")
    waits = "1 objection waits for an answer."
    for page in (judged.street, f"/{town.street_code}/-/"):
        assert waits in read(judged.chief, page)
    assert waits not in read(judged.staff, judged.community)


def test_an_objection_after_its_last_day_is_refused_and_keeps_the_text(
    town: Town, judged: Judged
) -> None:
    on_notice(judged)
    last = today() - timedelta(days=1)
    notice_was(town, judged.id, today() - timedelta(days=6), today() + timedelta(days=1), last)
    late = send(
        judged.staff,
        f"{judged.community}/places/{town.codes[0]}/objection",
        id=str(new_id()),
        text="太晚了",
    )
    assert late.status_code == 409
    assert list(refusals(late.text)) == ["text"]
    assert english(last) in refusals(late.text)["text"]
    assert "太晚了</textarea>" in late.text


def test_another_street_and_district_see_nothing(
    app: Flask, unused_codes: Iterator[str], town: Town, judged: Judged
) -> None:
    on_notice(judged)
    elsewhere = towns.build(app, unused_codes, 2)
    street = next(code for code in town.district.streets if code != town.street_code)
    for code in (street, elsewhere.street_code, elsewhere.codes[0]):
        path = judged.public.replace(town.street_code, code, 1)
        assert judged.visitor.get(path).status_code == 404
        assert judged.visitor.get(f"{path}/{town.codes[0]}").status_code == 404
        listed = judged.visitor.get(f"/{code}/evaluation/open")
        assert (listed.status_code, str(judged.id) in listed.text) == (200, False)


def test_explanations_take_four_statements_after_the_gate(town: Town, judged: Judged) -> None:
    on_notice(judged)
    code = town.codes[0]
    for browser, path in (
        (judged.visitor, f"{judged.public}/{code}"),
        (judged.chief, f"{judged.street}/places/{code}"),
    ):
        with town.district.app.app_context():
            engine = db.engine
        with recorded(engine) as seen:
            assert browser.get(path).status_code == 200
        first = next(n for n, sql in enumerate(seen) if "p_evaluation__" in sql)
        assert (len(seen) - first, first <= 2) == (4, True)


def test_a_league_table_takes_as_many_statements_with_1_and_with_30_contestants(
    town: Town,
) -> None:
    counts = set()
    visitor = world.browser(town.district.app)
    with town.district.app.app_context():
        engine = db.engine
    for code, courtyards in zip(town.codes, (1, 30), strict=False):
        with town.district.entered():
            at = town.district.place(code).view
            add_courtyards(town, at, courtyards)
            scheme = town.scheme(place=at, contestants="courtyard")
            season = service.seasons.open(SYSTEM, at, scheme, LAST_QUARTER, "院落")
            service.seasons.lock(SYSTEM, at, season.id, "测试")
            service.seasons.compute(SYSTEM, at, season.id)
            service.seasons.begin_notice(SYSTEM, at, season.id)
            path = f"/{code}/evaluation/open/{season.id}?size=50"
        with recorded(engine) as seen:
            page = visitor.get(path).text
        assert page.count('<th scope="row"') == courtyards
        counts.add(len(seen))
    assert len(counts) == 1


def add_courtyards(town: Town, community: PlaceView, number: int) -> None:
    """Put so many courtyards into a community."""
    table: Any = Place.__table__
    rows = [
        {
            "tenant_id": town.district.tenant,
            "id": new_id(),
            "code": f"{community.code}C{100 + n}",
            "kind": "courtyard",
            "parent_id": community.id,
            "name": f"{n}号院",
            "official_name": f"{n}号院",
            "created_at": now(),
        }
        for n in range(number)
    ]
    db.session.connection().execute(insert(table), rows)


def test_the_list_is_filtered_by_state_and_year(town: Town, judged: Judged) -> None:
    def shown(query: str) -> bool:
        return str(judged.id) in judged.chief.get(f"/{town.street_code}/evaluation/{query}").text

    asked = (
        "",
        "?state=open",
        "?state=awarded",
        "?year=2025",
        "?year=2024",
        "?year=0000",
        "?year=9999",
    )
    assert [shown(query) for query in asked] == [True, True, False, True, False, True, True]
