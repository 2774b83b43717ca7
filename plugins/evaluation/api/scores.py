"""What one scorer enters for one contestant in one round, as a resource."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.sdk import ApiContext, FormSchema, Invalid, NotFound
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, service
from plugins.evaluation.api.resources import api
from plugins.evaluation.texts import _

LONGEST_KEY = 60
LONGEST_REMARK = 300
LARGEST = 1_000_000_000


class ScoresBody(FormSchema):
    """Entries by the criterion's key; what is left out stays as it is."""

    values = fields.Dict(
        required=True,
        keys=fields.String(validate=validate.Length(min=1, max=LONGEST_KEY)),
        values=fields.Integer(validate=validate.Range(min=0, max=LARGEST)),
        metadata={
            "label": _("Scores by criterion"),
            "help": _("Marks in hundredths, numbers, and 1 or 0 for a veto."),
        },
    )
    remarks = fields.Dict(
        load_default=dict,
        keys=fields.String(validate=validate.Length(min=1, max=LONGEST_KEY)),
        values=fields.String(validate=validate.Length(max=LONGEST_REMARK)),
        metadata={"label": _("Remarks"), "help": _("Shown with the result: write no names.")},
    )


class ScoresOut(Schema):
    """What is entered for a contestant in a round."""

    values = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.Integer(),
        metadata={
            "label": _("Scores by criterion"),
            "help": _("Of marks those of the token's owner; of the others what anybody entered."),
        },
    )
    remarks = fields.Dict(
        required=True,
        keys=fields.String(),
        values=fields.String(),
        metadata={"label": _("Remarks")},
    )


@api.get(
    "/seasons/<uuid:season_id>/rounds/<int:number>/scores/<place_code:contestant>",
    permission=may.SCORE_ENTER,
    answer=ScoresOut,
    summary=_("Read what is entered for a contestant in a round"),
)
def scores(ctx: ApiContext, season_id: UUID, number: int, contestant: str) -> Any:
    """For those who are appointed in the season."""
    return _row(ctx, season_id, number, contestant)


@api.put(
    "/seasons/<uuid:season_id>/rounds/<int:number>/scores/<place_code:contestant>",
    permission=may.SCORE_ENTER,
    body=ScoresBody,
    answer=ScoresOut,
    current="scores",
    summary=_("Enter scores for a contestant in a round"),
)
def enter_scores(ctx: ApiContext, season_id: UUID, number: int, contestant: str) -> Any:
    """All or none; the same sent twice counts once."""
    row = _row(ctx, season_id, number, contestant)
    try:
        service.scoring.enter(
            ctx.actor,
            ctx.place,
            season_id,
            row.place.id,
            number,
            ctx.body["values"],
            ctx.body["remarks"],
        )
    except Invalid as error:
        error.fields = {_named_in_body(name): told for name, told in error.fields.items()}
        raise
    return _row(ctx, season_id, number, contestant)


def _row(ctx: ApiContext, season_id: UUID, number: int, contestant: str) -> queries.SheetRow:
    detail = queries.season(ctx.place, season_id)
    if number not in {each.number for each in detail.rounds}:
        raise NotFound
    rows = queries.sheet(detail, ctx.actor, number).rows
    found = next((row for row in rows if row.place.code == contestant), None)
    if found is None or not any(a.scorer.user_id == ctx.actor.id for a in detail.scorers):
        raise NotFound
    return found


def _named_in_body(field: str) -> str:
    """Return what the body calls a refused entry: ``values.c1`` for ``score-c1``."""
    return f"values.{field.removeprefix('score-')}"
