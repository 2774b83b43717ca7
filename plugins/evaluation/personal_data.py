"""What Evaluation hands out and erases when a person or a community asks.

It keeps no names: a scorer is an account's id, and the account's name goes with the account, which
is core's to erase. What was scored then stays, and nobody knows by whom.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from core.sdk import (
    Actor,
    Counts,
    PersonalDataHandlers,
    Place,
    PlaceView,
    Section,
    Subject,
    account_of,
    db,
    in_scope,
)
from plugins.evaluation.models import (
    Award,
    Base,
    Contestant,
    Contribution,
    Criterion,
    Objection,
    Reading,
    Scheme,
    SchemeVersion,
    Score,
    Scorer,
    Season,
    Standing,
)
from plugins.evaluation.texts import _

TITLES: Mapping[str, Any] = {
    "evaluation.schemes": _("Schemes"),
    "evaluation.versions": _("Versions of schemes"),
    "evaluation.criteria": _("Criteria"),
    "evaluation.seasons": _("Seasons"),
    "evaluation.contestants": _("Contestants"),
    "evaluation.scorers": _("Appointments to score"),
    "evaluation.scores": _("Scores"),
    "evaluation.readings": _("Figures taken from other applications"),
    "evaluation.contributions": _("Points of each criterion"),
    "evaluation.standings": _("Scores and ranks"),
    "evaluation.objections": _("Objections"),
    "evaluation.awards": _("Awards"),
}


def export_person(subject: Subject) -> Sequence[Section]:
    """Return in which seasons the person who has this number scored, and what."""
    scorers = select(Scorer.id).where(Scorer.user_id == account_of(subject))
    return [
        _section("evaluation.scorers", Scorer, Scorer.id.in_(scorers)),
        _section("evaluation.scores", Score, Score.scorer_id.in_(scorers)),
    ]


def erase_person(_actor: Actor, _subject: Subject) -> Counts:
    """Erase nothing: without the account, the appointments and scores are nameless."""
    return {}


def export_community(place: PlaceView) -> Sequence[Section]:
    """Return everything about the schemes and seasons that a community holds.

    What it earned in the street's or the district's seasons is theirs, not the community's.
    """
    return [
        _section(key, model, condition) for key, model, condition in reversed(_of_community(place))
    ]


def erase_community(_actor: Actor, place: PlaceView) -> Counts:
    """Delete the schemes and seasons that a community holds, awards included."""
    return {
        key: _run(delete(model).where(condition)) for key, model, condition in _of_community(place)
    }


HANDLERS = PersonalDataHandlers(
    export_person,
    erase_person,
    export_community,
    erase_community,
    erased=("evaluation.scorers", "evaluation.scores"),
)


def _of_community(place: PlaceView) -> list[tuple[str, type[Base], Any]]:
    """Every table with its rows of a community, those that refer to others first."""
    places = select(Place.id).where(in_scope(Place, place.code))
    schemes = select(Scheme.id).where(Scheme.place_id.in_(places))
    versions = select(SchemeVersion.id).where(SchemeVersion.scheme_id.in_(schemes))
    seasons = select(Season.id).where(Season.place_id.in_(places))
    contestants = select(Contestant.id).where(Contestant.season_id.in_(seasons))
    return [
        ("evaluation.awards", Award, Award.season_id.in_(seasons)),
        ("evaluation.objections", Objection, Objection.contestant_id.in_(contestants)),
        ("evaluation.standings", Standing, Standing.season_id.in_(seasons)),
        ("evaluation.contributions", Contribution, Contribution.contestant_id.in_(contestants)),
        ("evaluation.readings", Reading, Reading.contestant_id.in_(contestants)),
        ("evaluation.scores", Score, Score.contestant_id.in_(contestants)),
        ("evaluation.scorers", Scorer, Scorer.season_id.in_(seasons)),
        ("evaluation.contestants", Contestant, Contestant.season_id.in_(seasons)),
        ("evaluation.seasons", Season, Season.id.in_(seasons)),
        ("evaluation.criteria", Criterion, Criterion.version_id.in_(versions)),
        ("evaluation.versions", SchemeVersion, SchemeVersion.id.in_(versions)),
        ("evaluation.schemes", Scheme, Scheme.id.in_(schemes)),
    ]


def _section(key: str, model: Any, condition: Any) -> Section:
    query = select(model).where(condition).order_by(*model.__table__.primary_key)
    return Section(key, TITLES[key], [_row(row) for row in db.session.execute(query).scalars()])


def _run(statement: Any) -> int:
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)


def _row(found: Any) -> Mapping[str, Any]:
    """Return a row's columns as JSON values."""
    names = (attribute.key for attribute in found.__mapper__.column_attrs)
    return {name: _json(getattr(found, name)) for name in names if name != "tenant_id"}


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)
