"""Results as resources: the league table, and why a contestant came where it came."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from core.sdk import ApiContext, NotFound, Page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries
from plugins.evaluation.api.resources import api
from plugins.evaluation.texts import _


class StandingOut(Schema):
    """A contestant's place in the league table."""

    rank = fields.Integer(required=True, metadata={"label": _("Rank")})
    place = fields.String(required=True, metadata={"label": _("Code of the contestant")})
    name = fields.String(required=True, metadata={"label": _("Name of the contestant")})
    score = fields.Integer(
        required=True, metadata={"label": _("Score"), "help": _("Hundredths of a point.")}
    )
    vetoed = fields.Boolean(required=True, metadata={"label": _("Barred by a veto")})


class EntryOut(Schema):
    """One entry behind a criterion."""

    round = fields.Integer(required=True, metadata={"label": _("Round")})
    role = fields.String(required=True, metadata={"label": _("Entered by")})
    value = fields.Integer(
        required=True, metadata={"label": _("Entry"), "help": _("Marks in hundredths.")}
    )
    remark = fields.String(required=True, metadata={"label": _("Remark")})
    corrected_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Corrected")}
    )
    correction_reason = fields.String(required=True, metadata={"label": _("Why it was corrected")})


class ReadingOut(Schema):
    """What an indicator said."""

    value = fields.Integer(
        required=True, metadata={"label": _("Value"), "help": _("In the stored unit.")}
    )
    periods = fields.Integer(required=True, metadata={"label": _("Periods with a value")})
    measured_at = fields.AwareDateTime(required=True, metadata={"label": _("Last measured")})
    updated = fields.Boolean(
        required=True,
        metadata={
            "label": _("Up to date"),
            "help": _("false: it stands at its last value, what measures it was switched off."),
        },
    )


class LineOut(Schema):
    """What one criterion gave."""

    key = fields.String(required=True, metadata={"label": _("Key")})
    title = fields.String(required=True, metadata={"label": _("Criterion")})
    weight = fields.Integer(
        required=True, metadata={"label": _("Weight"), "help": _("Hundredths of a point.")}
    )
    total = fields.Integer(
        required=True,
        metadata={
            "label": _("Sum of the rounds"),
            "help": _("Of marks the mean of each round, in hundredths."),
        },
    )
    entries = fields.Integer(
        required=True,
        metadata={
            "label": _("Rounds entered, or periods with a value"),
            "help": _("With none, the criterion gave nothing."),
        },
    )
    points = fields.Integer(
        required=True, metadata={"label": _("Points"), "help": _("Hundredths of a point.")}
    )
    scores = fields.List(
        fields.Nested(EntryOut), required=True, metadata={"label": _("Entries behind it")}
    )
    reading = fields.Nested(
        ReadingOut, required=True, allow_none=True, metadata={"label": _("Reading")}
    )


class ExplanationOut(StandingOut):
    """Why a contestant came where it came; the points of its lines sum to its score."""

    of = fields.Integer(required=True, metadata={"label": _("Ranked in all")})
    shared = fields.Boolean(required=True, metadata={"label": _("The rank is shared")})
    lines = fields.List(
        fields.Nested(LineOut), required=True, metadata={"label": _("What it is made up of")}
    )


@api.get(
    "/seasons/<uuid:season_id>/standings",
    permission=may.SEASON_VIEW,
    answer=StandingOut,
    paged=True,
    summary=_("List the ranks of a season"),
)
def standings(ctx: ApiContext, season_id: UUID) -> Page[Any]:
    """The first first."""
    detail = _with_result(ctx, season_id)
    found = queries.league(detail, ctx.paging)
    rows = [
        {
            "rank": row.rank,
            "place": row.place.code,
            "name": row.place.name,
            "score": row.score,
            "vetoed": row.vetoed,
        }
        for row in found.rows
    ]
    return Page(rows, found.total, found.number, found.size)


@api.get(
    "/seasons/<uuid:season_id>/standings/<place_code:contestant>",
    permission=may.SEASON_VIEW,
    answer=ExplanationOut,
    summary=_("Read why a contestant came where it came"),
)
def explanation(ctx: ApiContext, season_id: UUID, contestant: str) -> Any:
    """One contestant."""
    found = queries.explanation(_with_result(ctx, season_id), contestant)
    if found.rank is None:
        raise NotFound
    return {
        "rank": found.rank,
        "place": found.place.code,
        "name": found.place.name,
        "score": found.score,
        "vetoed": found.vetoed,
        "of": found.of,
        "shared": found.shared,
        "lines": [
            {
                "key": line.criterion.key,
                "title": line.criterion.title,
                "weight": line.criterion.weight,
                "total": line.total,
                "entries": line.entries,
                "points": line.points,
                "scores": line.scores,
                "reading": line.reading,
            }
            for line in found.lines
        ],
    }


def _with_result(ctx: ApiContext, season_id: UUID) -> queries.SeasonDetail:
    """Return a season whose result is seen from this place.

    Raises:
        NotFound: it is not there, or its result is not shown yet to those who only compete.
    """
    detail = queries.season(ctx.place, season_id)
    judges = detail.place.code.startswith(ctx.place.code)
    if detail.season.state not in {"notice", "awarded"} | ({"computed"} if judges else set()):
        raise NotFound
    return detail
