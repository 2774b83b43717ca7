"""Indicators as resources of the API."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from core.accounts.permissions import INDICATOR_VIEW
from core.api.contract import ApiContext, Resources
from core.clock import now
from core.errors import Invalid
from core.indicators import queries
from core.indicators.contract import Period
from core.indicators.declared import Declared, one
from core.indicators.periods import MONTHS, period_at, period_of
from core.paging import Page
from core.places.queries import count_below
from core.plugin_host.host import plugin_host

resources = Resources()


class IndicatorOut(Schema):
    """An indicator over a place and everything below it, in one period."""

    id = fields.String(required=True, metadata={"label": _("Id")})
    name = fields.String(required=True, metadata={"label": _("Name of the indicator")})
    unit = fields.String(required=True, metadata={"label": _("Unit")})
    divisor = fields.Integer(
        required=True,
        metadata={"label": _("Divisor"), "help": _("Divide the value by this to get units.")},
    )
    level = fields.String(required=True, metadata={"label": _("Kind of place it is about")})
    rewards_volume = fields.Boolean(
        required=True,
        metadata={
            "label": _("Rewards volume"),
            "help": _("Doing more raises it: by itself it ranks nobody."),
        },
    )
    period_kind = fields.String(
        required=True,
        validate=validate.OneOf(list(MONTHS)),
        metadata={"label": _("Length of its periods")},
    )
    period = fields.String(required=True, metadata={"label": _("Period")})
    value = fields.Integer(
        required=True, allow_none=True, metadata={"label": _("Sum of what counted")}
    )
    counted = fields.Integer(required=True, metadata={"label": _("Places that counted")})
    places = fields.Integer(required=True, metadata={"label": _("Places in all")})
    computed_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Last measured")}
    )
    source = fields.String(required=True, metadata={"label": _("Source")})


class PlaceValue(Schema):
    """One place's value in one period."""

    place = fields.String(required=True, metadata={"label": _("Code of the place")})
    name = fields.String(required=True, metadata={"label": _("Name of the place")})
    value = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"label": _("Value"), "help": _("null when it is missing or not measured yet.")},
    )
    missing = fields.Boolean(
        required=True,
        metadata={"label": _("Missing"), "help": _("The application is not switched on there.")},
    )
    updated = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "label": _("Updated"),
            "help": _("false: the value stands, but is no longer brought up to date."),
        },
    )
    computed_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Measured")}
    )
    source = fields.String(required=True, metadata={"label": _("Source")})


class PeriodQuery(Schema):
    """Which period is wanted."""

    period = fields.String(
        load_default=None,
        validate=validate.Length(max=10),
        metadata={
            "label": _("Period"),
            "help": _("Such as 2026-11, 2026-Q4 or 2026; by default the present one."),
        },
    )


@resources.get(
    "/indicators",
    permission=INDICATOR_VIEW,
    answer=IndicatorOut,
    paged=True,
    summary=_("List the indicators of a place in their present periods"),
)
def indicators(ctx: ApiContext) -> Page[dict[str, Any]]:
    """Every indicator that measures this place or places below it."""
    counts = count_below(ctx.place.code)
    found = queries.summaries(plugin_host(), ctx.place.code, ctx.place.kind, counts, now())
    rows = [_summary(item) for item in found]
    size, number = ctx.paging.size, ctx.paging.number
    page = rows[(number - 1) * size : number * size]
    return Page(page, len(rows), number, size)


@resources.get(
    "/indicators/<string:indicator_id>",
    permission=INDICATOR_VIEW,
    answer=IndicatorOut,
    query=PeriodQuery,
    summary=_("Read one indicator of a place"),
)
def indicator(ctx: ApiContext, indicator_id: str) -> dict[str, Any]:
    """The sum over the place and everything below it."""
    item = one(plugin_host(), indicator_id)
    period = _asked(ctx, item)
    places = queries.count_places(ctx.place.code, ctx.place.kind, item)
    return _summary(queries.summary(item, ctx.place.code, places, period))


@resources.get(
    "/indicators/<string:indicator_id>/values",
    permission=INDICATOR_VIEW,
    answer=PlaceValue,
    query=PeriodQuery,
    paged=True,
    summary=_("List one indicator's values place by place"),
)
def values(ctx: ApiContext, indicator_id: str) -> Page[dict[str, Any]]:
    """Every place of the indicator's level here and below, the missing ones too."""
    item = one(plugin_host(), indicator_id)
    queries.count_places(ctx.place.code, ctx.place.kind, item)
    view = queries.View.of(plugin_host(), item, ctx.place.code, _asked(ctx, item))
    found = queries.lines(view, ctx.paging)
    return Page([_line(line) for line in found.rows], found.total, found.number, found.size)


def _summary(found: queries.Summary) -> dict[str, Any]:
    item = found.declared
    return {
        "id": item.id,
        "name": item.name,
        "unit": item.unit,
        "divisor": item.indicator.divisor,
        "level": item.level,
        "rewards_volume": item.indicator.rewards_volume,
        "period_kind": found.period.kind,
        "period": found.period.key,
        "value": found.total if found.counted else None,
        "counted": found.counted,
        "places": found.places,
        "computed_at": found.computed_at,
        "source": found.source,
    }


def _line(line: queries.Line) -> dict[str, Any]:
    value = line.value
    return {
        "place": line.code,
        "name": line.name,
        "value": value.value if value else None,
        "missing": line.missing,
        "updated": value.updated if value else None,
        "computed_at": value.computed_at if value else None,
        "source": value.source if value else "",
    }


def _asked(ctx: ApiContext, item: Declared) -> Period:
    kind, key = item.indicator.period, ctx.query.get("period")
    if key is None:
        return period_at(kind, now())
    try:
        return period_of(kind, key)
    except ValueError as error:
        raise Invalid(
            _("Give the period in the form of %(example)s.", example=period_at(kind, now()).key),
            field="period",
        ) from error
