"""What is held about who scored, and what a community holds: handed out, and erased."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import tenancy
from core.accounts import service as accounts
from core.accounts.actor import Actor, Held
from core.db import db, transaction
from core.errors import Conflict
from core.plugin_host.host import plugin_host
from core.privacy import community as communities
from core.privacy import service as privacy
from core.privacy.contract import Subject
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Award, Base, Contestant, Season
from plugins.evaluation.personal_data import HANDLERS
from tests.plugins.evaluation import town as towns
from tests.plugins.evaluation.town import SCORE, Town

PHONE = "13612345678"


@pytest.fixture
def town(app: Flask, unused_codes: Iterator[str]) -> Town:
    """A street of this test's own."""
    return towns.build(app, unused_codes)


def held(town: Town) -> dict[str, list[dict[str, Any]]]:
    """What the plugin hands out about whoever has the number."""
    district = town.district.place(town.district.code)
    found = privacy.export_person(SYSTEM, plugin_host(), district, Subject(PHONE))
    return {s.key: list(map(dict, s.rows)) for s in found if s.key.startswith("evaluation.")}


def test_who_scored_is_handed_out_and_then_nameless(town: Town) -> None:
    with town.district.entered():
        street = town.district.place(town.street_code)
        user = accounts.create_user(SYSTEM, street, name="钱检查", phone=PHONE)
        catalogue = plugin_host().catalogue
        accounts.grant_role(SYSTEM, catalogue, user, street, "staff")
        actor = Actor(user.id, "钱检查", (Held(street.code, "staff", catalogue.of_role("staff")),))
        season = town.season()
        for one in (actor, town.scorer(season, "检查组")):
            if one is actor:
                service.seasons.appoint(SYSTEM, town.street, season.id, user.id, "检查组")
            at = town.communities[0].id
            service.scoring.enter(one, town.street, season.id, at, 1, {"c1": 700}, {})
        season_id = season.id
    with town.district.entered():
        found = held(town)
        assert {key: len(rows) for key, rows in found.items()} == {
            "evaluation.scorers": 1,
            "evaluation.scores": 1,
        }
        assert found["evaluation.scores"][0]["value"] == 700
        district = town.district.place(town.district.code)
        privacy.erase_person(SYSTEM, plugin_host(), district, Subject(PHONE))
    with town.district.entered():
        assert held(town) == {"evaluation.scorers": [], "evaluation.scores": []}
        detail = queries.season(town.street, season_id)
        assert sorted(one.name for one in detail.scorers) == ["", "检查员"]
        scores = queries.explanation(detail, town.communities[0].id).lines[0].scores
        assert [score.value for score in scores] == [700, 700]


def test_a_communitys_own_seasons_are_handed_out_and_erased(town: Town) -> None:
    code = town.codes[0]
    with town.district.entered():
        place, street = town.communities[0], town.street
        of_street = town.season()
        town.result(of_street)
        own = _season_of(place)
        street_id, own_id = of_street.id, own.id
        assert street.code != code
    with town.district.entered():
        counts = {s.key: len(s.rows) for s in HANDLERS.export_community(town.communities[0])}
        assert counts == {
            **dict.fromkeys((f"evaluation.{name}" for name in _tables()), 0),
            "evaluation.schemes": 1,
            "evaluation.versions": 1,
            "evaluation.criteria": 1,
            "evaluation.seasons": 1,
            "evaluation.awards": 1,
        }
    with pytest.raises(Conflict):
        _erase(town, code)
    town.district.disable("evaluation", code)
    erased = _erase(town, code)
    assert {key: number for key, number in erased.items() if number} == {
        "evaluation.schemes": 1,
        "evaluation.versions": 1,
        "evaluation.criteria": 1,
        "evaluation.seasons": 1,
        "evaluation.awards": 1,
    }
    with town.district.entered():
        seasons = set(db.session.execute(select(Season.id)).scalars())
        competing = db.session.execute(select(Contestant).filter_by(season_id=street_id)).scalars()
        assert (seasons, len(list(competing))) == ({street_id}, 3)
        assert own_id not in seasons


def _season_of(place: Any) -> Season:
    """A season that the community itself held once, with an award."""
    rules = towns.RULES | {"contestants": "courtyard"}
    scheme = service.schemes.create(SYSTEM, place, rules)
    version = service.schemes.new_version(SYSTEM, place, scheme.id)
    criterion = SCORE | {"weight": 10_000}
    service.schemes.put_criterion(SYSTEM, place, version.id, None, criterion)
    service.schemes.publish(SYSTEM, place, version.id)
    season = Season(
        place_id=place.id,
        version_id=version.id,
        title="院落评比",
        begins_on=towns.LAST_QUARTER,
        ends_on=towns.LAST_QUARTER.replace(month=9, day=30),
        state="awarded",
    )
    db.session.add(season)
    db.session.flush()
    db.session.add(
        Award(
            season_id=season.id,
            place_id=place.id,
            title="美丽院落",
            rank=1,
            score=9000,
            awarded_on=towns.LAST_QUARTER,
        )
    )
    db.session.flush()
    return season


def _tables() -> list[str]:
    """Every table by what its section is called."""
    renamed = {"scheme_version": "versions", "criterion": "criteria"}
    names = [name.removeprefix("p_evaluation__") for name in Base.metadata.tables]
    return [renamed.get(name, f"{name}s") for name in names if name != "place"]


def _erase(town: Town, code: str) -> dict[str, int]:
    app = town.district.app
    with app.app_context(), tenancy.enter(town.district.tenant), tenancy.batch():
        with transaction():
            district = town.district.place(town.district.code)
            place = town.district.place(code)
            counts = communities.erase_community(
                SYSTEM, plugin_host(), district, place, "evaluation"
            )
        db.session.remove()
    return {key: number for key, number in counts.items() if key.startswith("evaluation.")}
