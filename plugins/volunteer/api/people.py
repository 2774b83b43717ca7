"""Volunteers and their points as resources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.sdk import ApiContext, FormSchema, Page, mask_phone
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, service
from plugins.volunteer.api.resources import api
from plugins.volunteer.texts import _


class VolunteerOut(Schema):
    """A volunteer of the community."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    name = fields.String(required=True, metadata={"label": _("Name")})
    phone = fields.String(
        required=True, metadata={"label": _("Mobile number"), "help": _("Masked.")}
    )
    minutes = fields.Integer(required=True, metadata={"label": _("Minutes confirmed")})
    points = fields.Integer(required=True, metadata={"label": _("Balance of points")})


class VolunteerQuery(FormSchema):
    """Filters of the list."""

    name = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": _("Part of the name")},
    )


class EntryOut(Schema):
    """One line of a statement."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    posted_at = fields.AwareDateTime(required=True, metadata={"label": _("Time")})
    points = fields.Integer(
        required=True, metadata={"label": _("Points"), "help": _("Negative when taken.")}
    )
    balance = fields.Integer(required=True, metadata={"label": _("Balance after it")})
    cause = fields.String(required=True, metadata={"label": _("Cause")})
    activity = fields.UUID(
        required=True, attribute="activity_id", metadata={"label": _("Activity")}
    )
    title = fields.String(required=True, attribute="activity_title", metadata={"label": _("Title")})
    minutes = fields.Integer(required=True, metadata={"label": _("Minutes confirmed")})
    rule = fields.Integer(
        required=True, attribute="rule_number", metadata={"label": _("Version of the rule")}
    )


class StatementQuery(FormSchema):
    """Which moment the statement is about."""

    before = fields.AwareDateTime(
        load_default=None,
        metadata={
            "label": _("Before"),
            "help": _("Only what was posted before this moment; by default everything."),
        },
    )


@api.get(
    "/volunteers",
    permission=may.PERSON_VIEW,
    answer=VolunteerOut,
    query=VolunteerQuery,
    paged=True,
    summary=_("List volunteers"),
)
def volunteers(ctx: ApiContext) -> Page[Any]:
    """By name."""
    found = queries.people(ctx.place, ctx.paging, name=ctx.query["name"])
    return Page([_out(person) for person in found.rows], found.total, found.number, found.size)


@api.get(
    "/volunteers/<uuid:volunteer_id>/statement",
    permission=may.PERSON_VIEW,
    answer=EntryOut,
    query=StatementQuery,
    paged=True,
    summary=_("List what a volunteer's points come from"),
)
def statement(ctx: ApiContext, volunteer_id: UUID) -> Page[Any]:
    """The latest first."""
    found = queries.person(ctx.place, volunteer_id)
    return queries.statement(found.volunteer.id, ctx.paging, ctx.query["before"])


def _out(person: queries.Person) -> dict[str, Any]:
    return {
        "id": person.volunteer.id,
        "name": person.volunteer.name,
        "phone": mask_phone(service.phone_of(person.volunteer)),
        "minutes": person.minutes,
        "points": person.balance,
    }
