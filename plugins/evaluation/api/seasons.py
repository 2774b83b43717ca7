"""Seasons as resources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.sdk import ApiContext, FormSchema, Page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries
from plugins.evaluation.api.resources import api
from plugins.evaluation.models import CRITERION_KINDS, DIRECTIONS, SEASON_STATES
from plugins.evaluation.texts import _


class SeasonOut(Schema):
    """A season that the place holds or takes part in."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    title = fields.String(required=True, metadata={"label": _("Title of the season")})
    place = fields.String(
        required=True, metadata={"label": _("Code of the place that holds the season")}
    )
    state = fields.String(
        required=True, validate=validate.OneOf(SEASON_STATES), metadata={"label": _("State")}
    )
    begins_on = fields.Date(required=True, metadata={"label": _("First day")})
    ends_on = fields.Date(required=True, metadata={"label": _("Last day")})
    contestants = fields.Integer(required=True, metadata={"label": _("Contestants")})
    notice_begins_on = fields.Date(
        required=True, allow_none=True, metadata={"label": _("First day of the public notice")}
    )
    notice_ends_on = fields.Date(
        required=True, allow_none=True, metadata={"label": _("Last day of the public notice")}
    )
    objections_end_on = fields.Date(
        required=True, allow_none=True, metadata={"label": _("Last day for objections")}
    )


class CriterionOut(Schema):
    """One thing that is judged."""

    key = fields.String(required=True, metadata={"label": _("Key")})
    title = fields.String(required=True, metadata={"label": _("Criterion")})
    kind = fields.String(
        required=True, validate=validate.OneOf(CRITERION_KINDS), metadata={"label": _("How")}
    )
    direction = fields.String(
        required=True,
        validate=validate.OneOf(DIRECTIONS),
        metadata={"label": _("What is better")},
    )
    weight = fields.Integer(
        required=True, metadata={"label": _("Weight"), "help": _("Hundredths of a point.")}
    )
    full = fields.Integer(
        required=True,
        metadata={
            "label": _("Number that decides"),
            "help": _("Of marks in hundredths; of an indicator in its stored unit."),
        },
    )
    scorers = fields.String(required=True, allow_none=True, metadata={"label": _("Who enters it")})
    indicator = fields.String(required=True, allow_none=True, metadata={"label": _("Indicator")})


class RoundOut(Schema):
    """One round of scoring."""

    number = fields.Integer(required=True, metadata={"label": _("Round")})
    begins_on = fields.Date(required=True, metadata={"label": _("First day")})
    ends_on = fields.Date(required=True, metadata={"label": _("Last day")})
    begun = fields.Boolean(required=True, metadata={"label": _("It has begun")})


class SeasonDetailOut(SeasonOut):
    """A season with what is judged and its rounds."""

    criteria = fields.List(
        fields.Nested(CriterionOut), required=True, metadata={"label": _("What is judged")}
    )
    rounds = fields.List(fields.Nested(RoundOut), required=True, metadata={"label": _("Rounds")})


class SeasonQuery(FormSchema):
    """Filters of the list."""

    state = fields.String(
        load_default="",
        validate=validate.OneOf(("", *SEASON_STATES)),
        metadata={"label": _("State")},
    )
    year = fields.Integer(
        load_default=None,
        validate=validate.Range(min=2000, max=2900),
        metadata={"label": _("Year in which it begins")},
    )


@api.get(
    "/seasons",
    permission=may.SEASON_VIEW,
    answer=SeasonOut,
    query=SeasonQuery,
    paged=True,
    summary=_("List seasons"),
)
def seasons(ctx: ApiContext) -> Page[Any]:
    """The latest first."""
    found = queries.seasons(ctx.place, ctx.paging, state=ctx.query["state"], year=ctx.query["year"])
    rows = [_out(row.season, row.place.code, row.contestants) for row in found.rows]
    return Page(rows, found.total, found.number, found.size)


@api.get(
    "/seasons/<uuid:season_id>",
    permission=may.SEASON_VIEW,
    answer=SeasonDetailOut,
    summary=_("Read a season"),
)
def season(ctx: ApiContext, season_id: UUID) -> Any:
    """One season."""
    detail = queries.season(ctx.place, season_id)
    return _out(detail.season, detail.place.code, detail.contestants) | {
        "criteria": detail.criteria,
        "rounds": detail.rounds,
    }


def _out(season: Any, place: str, contestants: int) -> dict[str, Any]:
    counted = {"place": place, "contestants": contestants}
    return {n: getattr(season, n) for n in SeasonOut().fields if n not in counted} | counted
