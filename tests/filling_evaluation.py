"""Something in every table of Evaluation: a month of a street's competition, to its award."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from core.accounts import service as accounts
from core.accounts.actor import Actor, Held
from core.clock import today
from core.db import db
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM, District
from plugins.evaluation import queries, service
from plugins.evaluation.models import Season


def fill(district: District) -> None:
    """Leave a row in every table. Indicators are measured already, and Volunteer is active."""
    code = district.communities[0]
    district.enable("evaluation", code)
    with district.entered():
        street = district.place(code[:9]).view
        season = _opened(street)
        inspector = _inspector(street, season)
        at = district.place(code).id
        service.scoring.enter(
            inspector, street, season.id, at, 1, {"environment": 9000, "safety": 0}, {}
        )
        service.seasons.lock(SYSTEM, street, season.id, "月底前评定")
        service.seasons.compute(SYSTEM, street, season.id)
        service.seasons.begin_notice(SYSTEM, street, season.id)
        told = queries.explanation(queries.season(street, season.id), at)
        objection = service.objections.file(
            SYSTEM, street, season.id, told.contestant_id, "少算一次。"
        )
        service.objections.answer(SYSTEM, street, objection.id, False, "已核实。")
        db.session.execute(
            update(Season)
            .where(Season.id == season.id)
            .values(notice_ends_on=today() - timedelta(days=1))
        )
        service.seasons.award(SYSTEM, street, season.id)


def _opened(street: PlaceView) -> Season:
    scheme = service.schemes.copy_template(SYSTEM, street, "community_year")
    version = queries.scheme(street, scheme.id).versions[0].version
    rules = {"cycle": "month", "rhythm": "once", "award_line": 0, "objections_to": "街道办事处"}
    service.schemes.change_version(SYSTEM, street, version.id, rules)
    service.schemes.publish(SYSTEM, street, version.id)
    return service.seasons.open(SYSTEM, street, scheme.id, today().replace(day=1), "本月")


def _inspector(street: PlaceView, season: Season) -> Actor:
    """Somebody of the street who scores everything that the template asks for."""
    row = db.session.execute(select(Place).filter_by(id=street.id)).scalar_one()
    user = accounts.create_user(SYSTEM, row, name="检查员", phone="13512345678")
    catalogue = plugin_host().catalogue
    accounts.grant_role(SYSTEM, catalogue, user, row, "staff")
    for role in ("检查组", "街道办事处"):
        service.seasons.appoint(SYSTEM, street, season.id, user.id, role)
    return Actor(user.id, user.name, (Held(street.code, "staff", catalogue.of_role("staff")),))
