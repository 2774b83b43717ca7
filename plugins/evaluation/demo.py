"""Demo data of Evaluation: the yearly competition of Dafeng Street's 大丰街道 communities.

Last year's season is over and awarded, Chongyi Community 崇义社区 came third; this year's is open
and partly scored.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, DemoContext, PlaceView, attempt, coverage, db, today
from plugins.evaluation import calendar, service
from plugins.evaluation.models import Scheme, SchemeVersion, Season
from plugins.evaluation.service.acts import rules_of

STREET = "510114001"
FIRST, SECOND, THIRD = "510114001014", "510114001009", "510114001018"
BEST = {FIRST: (97, 0), SECOND: (94, 0), THIRD: (92, 0)}
"""Marks and complaints of those who lead; the others come after them."""
INSPECTION, OFFICE = "检查组", "街道办事处"


def fill(ctx: DemoContext) -> None:
    """Hold two seasons of the shipped example among the street's communities."""
    if not STREET.startswith(ctx.district.code):
        return
    street = ctx.place(STREET)
    if db.session.execute(select(Scheme.id).filter_by(place_id=street.id)).first():
        return
    for community in coverage("evaluation", street).missing:
        ctx.enable("evaluation", community)
    communities = coverage("evaluation", street).active
    scheme = _scheme(ctx, street)
    inspectors = [
        ctx.person("inspector-1", "高翔", street, "staff"),
        ctx.person("inspector-2", "沈洁", street, "staff"),
    ]
    office = ctx.person("dafeng", "陈立", street, "administrator")
    day = today()
    begins = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    last = _open(ctx, street, scheme, begins.replace(year=begins.year - 1), inspectors, office)
    for number in range(1, 5):
        _score(street, last, number, inspectors, office, communities)
    _finish(ctx, street, last)
    present = _open(ctx, street, scheme, begins, inspectors, office)
    _score(street, present, 1, inspectors[:1], office, communities[:6])


def _scheme(ctx: DemoContext, street: PlaceView) -> Scheme:
    scheme = service.schemes.copy_template(ctx.actor, street, "community_year")
    version = db.session.execute(select(SchemeVersion).filter_by(scheme_id=scheme.id)).scalar_one()
    said = {"rhythm": "quarter", "objections_to": "大丰街道办事处社区发展办公室"}
    service.schemes.change_version(ctx.actor, street, version.id, said)
    service.schemes.publish(ctx.actor, street, version.id)
    return scheme


def _open(
    ctx: DemoContext,
    street: PlaceView,
    scheme: Scheme,
    begins_on: date,
    inspectors: list[Actor],
    office: Actor,
) -> Season:
    ends_on = calendar.last_day(begins_on, scheme.cycle)
    years = dict.fromkeys((begins_on.year, ends_on.year))
    title = f"{'—'.join(map(str, years))} 年度社区评比"
    season = service.seasons.open(ctx.actor, street, scheme.id, begins_on, title)
    for inspector in inspectors:
        service.seasons.appoint(ctx.actor, street, season.id, _id(inspector), INSPECTION)
    service.seasons.appoint(ctx.actor, street, season.id, _id(office), OFFICE)
    return season


def _score(
    street: PlaceView,
    season: Season,
    number: int,
    inspectors: list[Actor],
    office: Actor,
    communities: tuple[PlaceView, ...],
) -> None:
    for which, inspector in enumerate(inspectors):
        service.scoring.enter_many(
            inspector,
            street,
            season.id,
            number,
            {
                community.id: {
                    "environment": _mark(community, index, number + which),
                    "service": _mark(community, index, number - which),
                }
                for index, community in enumerate(communities)
            },
        )
    service.scoring.enter_many(
        office,
        street,
        season.id,
        number,
        {
            community.id: {"complaints": _complaints(community, index), "safety": 0}
            for index, community in enumerate(communities)
        },
    )


def _mark(community: PlaceView, index: int, shift: int) -> int:
    """A mark in hundredths."""
    best = BEST.get(community.code)
    return (best[0] if best else 72 + (index * 5 + shift * 3) % 13) * 100 + 50 * (shift % 2)


def _complaints(community: PlaceView, index: int) -> int:
    best = BEST.get(community.code)
    return best[1] if best else 1 + index % 3


def _finish(ctx: DemoContext, street: PlaceView, season: Season) -> None:
    """Lock, compute and award; the notice was last week, so its days are written here."""
    service.seasons.lock(ctx.actor, street, season.id)
    service.seasons.compute(ctx.actor, street, season.id)
    service.seasons.begin_notice(ctx.actor, street, season.id)
    _scheme, version = rules_of(season)
    with attempt(
        ctx.actor,
        "evaluation.season.notify",
        object_type="evaluation.season",
        object_id=season.id,
        place_code=street.code,
    ):
        begun = today() - timedelta(days=version.notice_days + 1)
        season.notice_begins_on = begun
        season.notice_ends_on = begun + timedelta(days=version.notice_days)
        season.objections_end_on = begun + timedelta(days=version.objection_days)
        db.session.flush()
    service.seasons.award(ctx.actor, street, season.id)


def _id(actor: Actor) -> UUID:
    assert actor.id is not None
    return actor.id
