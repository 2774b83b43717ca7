"""Attendances as resources: checking in and out, and confirming hours."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.sdk import ApiContext, FormSchema, Page
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, service
from plugins.volunteer.api.resources import api
from plugins.volunteer.models import Attendance
from plugins.volunteer.texts import _


class AttendanceOut(Schema):
    """A volunteer's presence at an activity."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    activity = fields.UUID(
        required=True, attribute="activity_id", metadata={"label": _("Activity")}
    )
    volunteer = fields.UUID(
        required=True, attribute="volunteer_id", metadata={"label": _("The volunteer")}
    )
    checked_in_at = fields.AwareDateTime(required=True, metadata={"label": _("Checked in")})
    checked_out_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Checked out")}
    )
    how = fields.String(
        required=True,
        validate=validate.OneOf(("staff", "code")),
        metadata={"label": _("Checked in by")},
    )
    minutes_confirmed = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"label": _("Minutes confirmed"), "help": _("Empty until it is confirmed.")},
    )


class CheckInBody(FormSchema):
    """Who is there: somebody who signed up, or a name and number."""

    volunteer = fields.UUID(
        load_default=None,
        metadata={"label": _("The volunteer"), "help": _("Somebody who signed up.")},
    )
    name = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=60),
        metadata={"label": _("Name"), "help": _("Of somebody who did not sign up.")},
    )
    phone = fields.String(
        load_default=None, validate=validate.Length(max=30), metadata={"label": _("Mobile number")}
    )

    @validates_schema
    def check_who(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse both at once, and half of one."""
        if data["volunteer"] is not None:
            wrong = [field for field in ("name", "phone") if data[field] is not None]
            message = _("Leave this out when the volunteer is given.")
        else:
            wrong = [field for field in ("name", "phone") if data[field] is None]
            message = _("Give the volunteer, or name and mobile number.")
        if wrong:
            raise ValidationError({field: [str(message)] for field in wrong})


class JobOut(Schema):
    """Work that was begun."""

    job = fields.UUID(required=True, metadata={"label": _("Job")})


@api.get(
    "/activities/<uuid:activity_id>/attendances",
    permission=may.SIGN_UP_VIEW,
    answer=AttendanceOut,
    paged=True,
    summary=_("List who was there"),
)
def attendances(ctx: ApiContext, activity_id: UUID) -> Page[Any]:
    """In the order of checking in."""
    listed = queries.get(ctx.place, activity_id)
    return queries.attendances(listed.activity.id, ctx.paging)


@api.post(
    "/activities/<uuid:activity_id>/check-ins",
    permission=may.ATTENDANCE_EDIT,
    body=CheckInBody,
    answer=AttendanceOut,
    summary=_("Check somebody in"),
)
def check_in(ctx: ApiContext, activity_id: UUID) -> Attendance:
    """Now, by the clock of the server."""
    body = ctx.body
    if body["volunteer"] is not None:
        made = service.check_in(ctx.actor, ctx.place, activity_id, body["volunteer"])
    else:
        made = service.walk_in(ctx.actor, ctx.place, activity_id, body["name"], body["phone"])
    return queries.get_attendance(ctx.place, made)


@api.post(
    "/attendances/<uuid:attendance_id>/check-out",
    permission=may.ATTENDANCE_EDIT,
    answer=AttendanceOut,
    status=200,
    summary=_("Check somebody out"),
)
def check_out(ctx: ApiContext, attendance_id: UUID) -> Attendance:
    """Now, by the clock of the server."""
    found = queries.get_attendance(ctx.place, attendance_id)
    service.check_out(ctx.actor, ctx.place, found.activity_id, found.volunteer_id)
    return queries.get_attendance(ctx.place, attendance_id)


@api.post(
    "/activities/<uuid:activity_id>/confirmation",
    permission=may.HOURS_CONFIRM,
    answer=JobOut,
    status=202,
    summary=_("Confirm all hours that wait, as the rule suggests them"),
)
def confirm(ctx: ApiContext, activity_id: UUID) -> dict[str, Any]:
    """Begun as a job."""
    return {"job": service.confirm(ctx.actor, ctx.place, activity_id)}
