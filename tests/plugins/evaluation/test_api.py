"""Evaluation through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core.accounts import tokens
from core.accounts.models import UserAccount
from core.clock import today
from core.db import db
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM, Program
from plugins.evaluation import service
from plugins.evaluation.models import Season
from tests.plugins.evaluation.town import Town


@pytest.fixture
def season(town: Town) -> UUID:
    """A season of last quarter."""
    with town.district.entered():
        return town.season().id


def root(code: str) -> str:
    return f"/api/v1/places/{code}/plugins/evaluation/seasons"


def scorer(town: Town, season_id: UUID, *roles: str, at: str = "") -> Program:
    """Return a program of somebody new who scores in these roles."""
    with town.district.entered():
        person = town.person("staff", at or town.street_code)
        assert person.id is not None
        for role in roles:
            service.seasons.appoint(SYSTEM, town.street, season_id, person.id, role)
        user = db.session.execute(select(UserAccount).filter_by(id=person.id)).scalar_one()
        catalogue = plugin_host().catalogue
        place = town.district.place(at or town.street_code)
        allowed = catalogue.of_role("staff")
        ticket = tokens.create(
            SYSTEM, catalogue, place, user, name="程序", permissions=allowed, days=1
        )
    return Program(town.district.app, tokens.written(ticket))


def put(program: Program, url: str, values: Any, remarks: Any = None) -> Any:
    """Enter scores over what is there now."""
    tag = program.get(url).headers.get("ETag", "*")
    body = {"values": values} | ({"remarks": remarks} if remarks else {})
    return program.put(url, json=body, headers={"If-Match": tag, "Accept-Language": "en"})


def test_scores_are_put_once_however_often_they_are_sent(town: Town, season: UUID) -> None:
    program = scorer(town, season, "检查组", "街道办")
    url = f"{root(town.street_code)}/{season}/rounds/1/scores/{town.codes[0]}"
    assert program.get(url).json == {"values": {}, "remarks": {}}
    said = {"values": {"c1": 950, "c2": 3}, "remarks": {"c1": "干净", "c2": ""}}
    for _again in range(2):
        answer = put(program, url, {"c1": 950, "c2": 3}, {"c1": "干净"})
        assert (answer.status_code, answer.json) == (200, said)
    stale = program.put(url, json={"values": {"c1": 1}}, headers={"If-Match": '"old"'})
    assert stale.status_code == 412
    assert program.get(url).json == said


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"c1": 1001, "c2": 1}, {"values.c1", "values.c2"}),
        ({"c1": -1}, {"values.c1.value"}),
        ({"c1": "9"}, {"values.c1"}),
        ({"c9": 1}, {"values.c9"}),
        ({"c2": 1}, {"values.c2"}),
    ],
)
def test_a_bad_score_is_refused_with_its_field_and_saves_nothing(
    town: Town, season: UUID, values: dict[str, Any], fields: set[str]
) -> None:
    program = scorer(town, season, "检查组")
    url = f"{root(town.street_code)}/{season}/rounds/1/scores/{town.codes[0]}"
    answer = put(program, url, values)
    assert (answer.status_code, set(answer.json["errors"])) == (422, fields)
    assert program.get(url).json == {"values": {}, "remarks": {}}


def test_only_the_appointed_read_and_enter(town: Town, season: UUID) -> None:
    stranger = scorer(town, season)
    own = scorer(town, season, "检查组", at=town.codes[0])
    for program, code in ((stranger, town.street_code), (own, town.street_code)):
        url = f"{root(code)}/{season}/rounds/1/scores/{town.codes[0]}"
        assert program.get(url).status_code == 404
        assert put(program, url, {"c1": 900}).status_code == 404
    url = f"{root(town.codes[0])}/{season}/rounds/1/scores"
    assert put(own, f"{url}/{town.codes[0]}", {"c1": 900}).status_code == 422
    assert put(own, f"{url}/{town.codes[1]}", {"c1": 900}).status_code == 200
    assert put(own, f"{url}/{town.codes[3]}", {"c1": 900}).status_code == 404
    assert put(own, url.replace("/1/", "/4/") + f"/{town.codes[1]}", {}).status_code == 404


def test_seasons_standings_and_explanations_are_read(town: Town, season: UUID) -> None:
    with town.district.entered():
        inspector = town.scorer(_season(season), "检查组", "街道办")
        for place, entered in zip(
            town.communities, ({"c1": 900}, {"c1": 1000}, {"c1": 990, "c4": 1}), strict=False
        ):
            service.scoring.enter(inspector, town.street, season, place.id, 1, entered, {})
    judge = town.district.program("viewer", town.street_code)
    competes = town.district.program("viewer", town.codes[0])
    at, there = root(town.street_code), root(town.codes[0])
    listed = {row["id"]: row for row in judge.get(f"{at}?state=open&size=100").json["items"]}
    assert listed[str(season)] | {"title": ""} == {
        "id": str(season),
        "title": "",
        "place": town.street_code,
        "state": "open",
        "begins_on": "2025-07-01",
        "ends_on": "2025-09-30",
        "contestants": 3,
        "notice_begins_on": None,
        "notice_ends_on": None,
        "objections_end_on": None,
    }
    one = competes.get(f"{there}/{season}").json
    assert [c["key"] for c in one["criteria"]] == ["c1", "c2", "c3", "c4"]
    assert [r["begins_on"] for r in one["rounds"]] == ["2025-07-01", "2025-08-01", "2025-09-01"]
    assert judge.get(f"{at}/{season}/standings").status_code == 404
    with town.district.entered():
        service.seasons.lock(SYSTEM, town.street, season, "测试")
        service.seasons.compute(SYSTEM, town.street, season)
    assert competes.get(f"{there}/{season}/standings").status_code == 404
    with town.district.entered():
        service.seasons.begin_notice(SYSTEM, town.street, season)
    for program, path in ((judge, at), (competes, there)):
        rows = program.get(f"{path}/{season}/standings").json["items"]
        assert [(r["rank"], r["place"], r["score"], r["vetoed"]) for r in rows] == [
            (1, town.codes[1], 2000, False),
            (2, town.codes[0], 1800, False),
            (3, town.codes[2], 1980, True),
        ]
        why = program.get(f"{path}/{season}/standings/{town.codes[0]}").json
        assert (why["rank"], why["of"], why["shared"], why["score"]) == (2, 3, False, 1800)
        assert [line["points"] for line in why["lines"]] == [1800, 0, 0, 0]
        assert [(s["role"], s["value"]) for s in why["lines"][0]["scores"]] == [("检查组", 900)]
    assert judge.get(f"{at}/{season}/standings/{town.codes[3]}").status_code == 404


def test_a_closed_season_and_an_early_round_are_named(town: Town, season: UUID) -> None:
    with town.district.entered():
        running = town.season(begins_on=today().replace(day=1)).id
    late, early = scorer(town, season, "检查组"), scorer(town, running, "检查组")
    with town.district.entered():
        service.seasons.lock(SYSTEM, town.street, season, "测试")
    for program, id_, number, field in ((late, season, 1, "season"), (early, running, 2, "round")):
        url = f"{root(town.street_code)}/{id_}/rounds/{number}/scores/{town.codes[0]}"
        answer = put(program, url, {"c1": 900})
        assert (answer.status_code, answer.json["field"]) == (409, field)
        assert program.get(url).json == {"values": {}, "remarks": {}}


def _season(season_id: UUID) -> Any:
    return db.session.execute(select(Season).filter_by(id=season_id)).scalar_one()
