"""Companies with their grades, receipts and items as resources."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate

from core.sdk import ApiContext, FormSchema, NotFound, Page, local, now, serves
from plugins.red_property import permissions as may
from plugins.red_property import queries, schemas, service
from plugins.red_property.api.resources import api
from plugins.red_property.rules import hundredths
from plugins.red_property.showing import exact
from plugins.red_property.texts import _


class GradeOut(Schema):
    """A company's score and level at a moment."""

    company = fields.UUID(
        required=True, attribute="organisation_id", metadata={"label": _("Company")}
    )
    name = fields.String(required=True, metadata={"label": _("Company name")})
    credit_code = fields.String(
        required=True, allow_none=True, metadata={"label": _("Credit code")}
    )
    graded = fields.Boolean(
        required=True,
        metadata={
            "label": _("Graded"),
            "help": _("False: there is no level, and no score to use."),
        },
    )
    score = fields.Decimal(
        required=True, as_string=True, metadata={"label": _("Score"), "help": _("Two decimals.")}
    )
    vetoed = fields.Boolean(required=True, metadata={"label": _("By veto")})
    level = fields.String(
        required=True,
        allow_none=True,
        attribute="level_key",
        metadata={"label": _("Key of the level")},
    )
    level_title = fields.String(required=True, allow_none=True, metadata={"label": _("Grade")})


class LineOut(Schema):
    """An item of a company."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    number = fields.Integer(required=True, metadata={"label": _("No.")})
    code = fields.String(required=True, metadata={"label": _("Item code")})
    text = fields.String(required=True, metadata={"label": _("Item")})
    example = fields.Boolean(
        required=True,
        metadata={"label": _("Example"), "help": _("The item is not from the method's text.")},
    )
    points = fields.Decimal(required=True, as_string=True, metadata={"label": _("Points")})
    veto = fields.Boolean(required=True, metadata={"label": _("Veto")})
    occurred_on = fields.Date(required=True, metadata={"label": _("Day")})
    place = fields.String(
        required=True, allow_none=True, metadata={"label": _("Code of the place where it happened")}
    )
    valid_from = fields.AwareDateTime(required=True, metadata={"label": _("Counts from")})
    valid_until = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"label": _("Counts until before"), "help": _("Empty: until it is put right.")},
    )
    why_not = fields.String(
        required=True,
        allow_none=True,
        validate=validate.OneOf(("expired", "revoked", "rectified", "not_yet", "other_method")),
        metadata={"label": _("Why it does not count"), "help": _("Empty when it counts.")},
    )


class SectionOut(Schema):
    """A section of a receipt."""

    key = fields.String(required=True, metadata={"label": _("Key")})
    title = fields.String(required=True, metadata={"label": _("Title")})
    sign = fields.Integer(
        required=True,
        validate=validate.OneOf((-1, 1)),
        metadata={"label": _("Sign"), "help": _("1 is added to the score, −1 taken away.")},
    )
    cap = fields.Decimal(
        required=True, as_string=True, allow_none=True, metadata={"label": _("At most")}
    )
    sum = fields.Decimal(
        required=True, as_string=True, metadata={"label": _("What the items add up to")}
    )
    counted = fields.Decimal(
        required=True, as_string=True, metadata={"label": _("What of it counts")}
    )
    items = fields.List(
        fields.Nested(LineOut), required=True, metadata={"label": _("Items that count")}
    )


class ReceiptOut(Schema):
    """How a grade came about: start and sections make exactly the score."""

    as_of = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Moment"), "help": _("Empty: now.")}
    )
    method = fields.UUID(required=True, allow_none=True, metadata={"label": _("Method")})
    grade = fields.Nested(GradeOut, required=True, metadata={"label": _("Grade")})
    start = fields.Decimal(
        required=True, as_string=True, metadata={"label": _("What every company begins with")}
    )
    sections = fields.List(
        fields.Nested(SectionOut), required=True, metadata={"label": _("Sections")}
    )
    not_counting = fields.List(
        fields.Nested(LineOut), required=True, metadata={"label": _("What does not count")}
    )


def past(moment: datetime) -> None:
    """Refuse a moment to come: nobody knows what will be entered."""
    if moment > now():
        raise ValidationError(str(_("It must not lie in the future.")))


def as_of_field() -> fields.AwareDateTime:
    """A field for the moment that grades are asked for."""
    return fields.AwareDateTime(
        load_default=None,
        validate=past,
        metadata={"label": _("Moment"), "help": _("By default now.")},
    )


class AsOfQuery(FormSchema):
    """Which moment a receipt is about."""

    as_of = as_of_field()


class GradeQuery(AsOfQuery):
    """Filters of the list."""

    name = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": _("Part of the name, or the beginning of the credit code")},
    )
    level = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": _("Key of the level"), "help": _("none: those that are not graded.")},
    )


class ItemBody(FormSchema):
    """An item to be entered; without evidence, for which a form is needed."""

    id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _("Id"),
            "help": _("Made by you, so that an item sent twice is entered once."),
        },
    )
    item = fields.UUID(
        required=True,
        metadata={"label": _("Item"), "help": _("Of the method in force.")},
    )
    points = schemas.points_field()
    occurred_on = fields.Date(
        required=True,
        validate=schemas.past_day,
        metadata={"label": _("Day on which it happened")},
    )
    about_place = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _("Place where it happened"),
            "help": _("Id of a place that it served."),
        },
    )
    basis = schemas.basis_field()
    valid_from = fields.Date(
        load_default=None, allow_none=True, metadata={"label": _("Counts from")}
    )


@api.get(
    "/companies",
    permission=may.GRADE_VIEW,
    answer=GradeOut,
    query=GradeQuery,
    paged=True,
    summary=_("List companies with their grades"),
)
def companies(ctx: ApiContext) -> Page[Any]:
    """The best first; below the district, those that serve there."""
    found = queries.grades(
        ctx.trail[0],
        ctx.query["as_of"] or now(),
        within=None if ctx.place.kind == "district" else ctx.place,
        paging=ctx.paging,
        search=ctx.query["name"],
        level=ctx.query["level"],
    )
    return Page([_grade(one) for one in found.rows], found.total, found.number, found.size)


@api.get(
    "/companies/<uuid:organisation_id>",
    permission=may.GRADE_VIEW,
    answer=ReceiptOut,
    query=AsOfQuery,
    summary=_("Read how a company's grade came about"),
)
def receipt(ctx: ApiContext, organisation_id: UUID) -> dict[str, Any]:
    """With every item that counts, and those that do not."""
    moment = ctx.query["as_of"] or now()
    on = local(moment).date()
    if ctx.place.kind != "district" and not serves(organisation_id, ctx.place, on):
        raise NotFound()
    found = queries.receipt(ctx.trail[0], organisation_id, moment)
    return {
        "as_of": ctx.query["as_of"],
        "method": found.method.id if found.method else None,
        "grade": _grade(found.grade),
        "start": exact(found.start),
        "sections": [
            {
                "key": section.key,
                "title": section.title,
                "sign": section.sign,
                "cap": None if section.cap is None else exact(section.cap),
                "sum": exact(section.sum),
                "counted": exact(section.counted),
                "items": [_line(line) for line in section.lines],
            }
            for section in found.sections
        ],
        "not_counting": [_line(line) for line in found.not_counting],
    }


@api.post(
    "/companies/<uuid:organisation_id>/items",
    permission=may.ITEM_ENTER,
    body=ItemBody,
    answer=LineOut,
    levels=("district",),
    summary=_("Enter an item for a company"),
)
def enter_item(ctx: ApiContext, organisation_id: UUID) -> dict[str, Any]:
    """Items that need evidence are entered on the page."""
    body = ctx.body
    made = service.ledger.enter(
        ctx.actor,
        ctx.place,
        organisation_id,
        body["item"],
        hundredths(body["points"]),
        body["occurred_on"],
        body["about_place"],
        body["basis"],
        None,
        body["valid_from"],
        body["id"],
    )
    return _line(queries.entry(ctx.place, made.id))


def _grade(grade: queries.Grade) -> dict[str, Any]:
    shown = (
        "organisation_id",
        "name",
        "credit_code",
        "graded",
        "vetoed",
        "level_key",
        "level_title",
    )
    return {name: getattr(grade, name) for name in shown} | {"score": exact(grade.score)}


def _line(line: queries.Line) -> dict[str, Any]:
    entry, item = line.entry, line.item
    return {
        "id": entry.id,
        "number": entry.number,
        "code": item.code,
        "text": item.text,
        "example": item.example,
        "points": exact(entry.points),
        "veto": item.veto,
        "occurred_on": entry.occurred_on,
        "place": line.place.code if line.place else None,
        "valid_from": entry.valid_from,
        "valid_until": entry.valid_until,
        "why_not": line.why,
    }
