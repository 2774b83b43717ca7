"""What Evaluation says on pages of core, and before it is switched off."""

from __future__ import annotations

from core.ids import new_id
from core.testing import world
from core.testing.world import SYSTEM
from plugins.evaluation import service
from tests.plugins.evaluation.pages import browser_of, done, read
from tests.plugins.evaluation.town import Town


def test_panels_say_what_waits_and_how_a_place_came_off(town: Town) -> None:
    one, two, three, _off = town.codes
    visitor = world.browser(town.district.app)
    with town.district.entered():
        season = town.season()
        scorer = town.scorer(season, "检查组", "街道办")
        marks = ({"c1": 900}, {"c1": 1000}, {"c1": 990, "c4": 1})
        for place, entered in zip(town.communities, marks, strict=False):
            service.scoring.enter(scorer, town.street, season.id, place.id, 1, entered, {})
        season_id = season.id
    chief = town.district.person("administrator", town.street_code)
    inspector = browser_of(town, scorer)
    desk = f"/{town.street_code}/-/"
    to_score = f'href="/{town.street_code}/evaluation/scoring/{season_id}">第三季度'
    assert to_score in inspector.get(desk).text
    assert to_score not in chief.get(desk).text
    assert "第三季度" not in visitor.get(f"/{one}").text

    with town.district.entered():
        service.seasons.lock(SYSTEM, town.street, season_id, "测试")
        service.seasons.compute(SYSTEM, town.street, season_id)
    assert to_score not in inspector.get(desk).text
    assert "第三季度" not in visitor.get(f"/{one}").text
    with town.district.entered():
        service.seasons.begin_notice(SYSTEM, town.street, season_id)

    assert "18.00 Score 第三季度 Rank 2 of 3 in" in read(visitor, f"/{one}")
    assert "Barred by a veto" in read(visitor, f"/{three}")
    why = f"/{one}/evaluation/open/{season_id}/{one}"
    assert f'href="{why}"' in visitor.get(f"/{one}").text
    assert visitor.get(why).status_code == 200
    league = visitor.get(f"/{town.street_code}").text
    places = [f"/open/{season_id}/{code}" in league for code in (two, one, three)]
    assert places == [True, True, False]

    staff = town.district.person("staff", one)
    done(
        staff,
        f"/{one}/evaluation/seasons/{season_id}/places/{one}/objection",
        id=str(new_id()),
        text="请核对",
    )
    assert "1 objection waits for an answer." in read(chief, desk)
    assert "waits for an answer" not in read(inspector, desk)
    local = town.district.person("administrator", one)
    said = read(local, f"/{one}/-/apps/evaluation/disable")
    assert "“第三季度” is not finished; without Evaluation the place gets no rank." in said
