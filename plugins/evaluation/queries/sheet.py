"""What one scorer enters in one round, and what is there already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.sdk import Actor, Place, PlaceView, db
from plugins.evaluation.models import Contestant, Criterion, Score
from plugins.evaluation.queries.detail import SeasonDetail


@dataclass(frozen=True)
class SheetRow:
    """One contestant with what was entered, by the criterion's key.

    ``own``: the scorer works there, so that others score it. Of marks these are the scorer's own;
    of counts and vetoes what anybody entered.
    """

    contestant_id: UUID
    place: PlaceView
    own: bool
    values: dict[str, int] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    done: bool = False


@dataclass(frozen=True)
class Sheet:
    """The criteria that a person may enter, and the contestants in code order."""

    criteria: tuple[Criterion, ...]
    rows: Sequence[SheetRow]


def sheet(detail: SeasonDetail, actor: Actor, round: int) -> Sheet:
    """Return what ``actor`` enters in a round; without an appointment there are no criteria.

    A row is ``done`` when every mark and count is entered; a veto needs no entry.
    """
    mine = {one.scorer.role: one.scorer.id for one in detail.scorers if _is_of(one, actor)}
    criteria = tuple(one for one in detail.criteria if one.scorers in mine)
    wanted = {one.key for one in criteria if one.kind != "veto"}
    entered = _entered(detail, list(mine.values()), criteria, round)
    rows = []
    query = (
        select(Contestant.id, Place)
        .join(Place, Place.id == Contestant.place_id)
        .where(Contestant.season_id == detail.season.id)
        .order_by(Place.code)
    )
    for contestant_id, place in db.session.execute(query):
        values, remarks = entered[contestant_id]
        own = actor.works_in(place.view)
        done = bool(wanted) and wanted <= set(values)
        rows.append(SheetRow(contestant_id, place.view, own, values, remarks, done))
    return Sheet(criteria, rows)


def _is_of(appointed: Any, actor: Actor) -> bool:
    return actor.id is not None and appointed.scorer.user_id == actor.id


def _entered(
    detail: SeasonDetail, scorers: list[UUID], criteria: tuple[Criterion, ...], round: int
) -> dict[UUID, tuple[dict[str, int], dict[str, str]]]:
    keys = {one.id: one.key for one in criteria}
    found: dict[UUID, tuple[dict[str, int], dict[str, str]]] = defaultdict(lambda: ({}, {}))
    if not keys:
        return found
    query = (
        select(Score.contestant_id, Score.criterion_id, Score.value, Score.remark)
        .join(Contestant, Contestant.id == Score.contestant_id)
        .where(
            Contestant.season_id == detail.season.id,
            Score.round == round,
            Score.criterion_id.in_(list(keys)),
            or_(Score.seat.in_(scorers), Score.seat == Score.contestant_id),
        )
    )
    for contestant_id, criterion_id, value, remark in db.session.execute(query):
        values, remarks = found[contestant_id]
        values[keys[criterion_id]] = value
        remarks[keys[criterion_id]] = remark
    return found
