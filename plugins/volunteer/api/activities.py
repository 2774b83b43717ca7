"""Activities as resources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from core.sdk import ApiContext, FormSchema, Page, db
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, schemas, service
from plugins.volunteer.api.resources import api
from plugins.volunteer.models import STATUSES
from plugins.volunteer.texts import _


class ActivityOut(Schema):
    """An activity of the community, as staff see it."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    title = fields.String(required=True, metadata={"label": _("Title")})
    description = fields.String(required=True, metadata={"label": _("What is done")})
    location = fields.String(required=True, metadata={"label": _("Meeting point")})
    starts_at = fields.AwareDateTime(required=True, metadata={"label": _("Begins")})
    ends_at = fields.AwareDateTime(required=True, metadata={"label": _("Ends")})
    capacity = fields.Integer(required=True, metadata={"label": _("Volunteers wanted")})
    organiser = fields.String(required=True, metadata={"label": _("Organiser")})
    risks = fields.String(required=True, metadata={"label": _("Risks and precautions")})
    status = fields.String(
        required=True, validate=validate.OneOf(STATUSES), metadata={"label": _("Status")}
    )
    cancel_reason = fields.String(
        required=True, allow_none=True, metadata={"label": _("Why it was cancelled")}
    )
    signed_up = fields.Integer(
        required=True,
        metadata={"label": _("Signed up"), "help": _("Those who came without it included.")},
    )


_WRITTEN = tuple(name for name in ActivityOut().fields if name != "signed_up")


class ActivityQuery(FormSchema):
    """Filters of the list."""

    title = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": _("Part of the title")},
    )
    status = fields.String(
        load_default="",
        validate=validate.OneOf(("", *STATUSES)),
        metadata={"label": _("Status")},
    )


@api.get(
    "/activities",
    permission=may.ACTIVITY_VIEW,
    answer=ActivityOut,
    query=ActivityQuery,
    paged=True,
    summary=_("List activities"),
)
def activities(ctx: ApiContext) -> Page[Any]:
    """To come, soonest first; then those before."""
    found = queries.of_place(
        ctx.place, ctx.paging, title=ctx.query["title"], status=ctx.query["status"]
    )
    return Page([_out(listed) for listed in found.rows], found.total, found.number, found.size)


@api.post(
    "/activities",
    permission=may.ACTIVITY_EDIT,
    body=schemas.ActivityForm,
    answer=ActivityOut,
    summary=_("Write an activity, as a draft"),
)
def create_activity(ctx: ApiContext) -> Any:
    """Save a draft."""
    made = service.create(ctx.actor, ctx.place, ctx.body)
    db.session.expire(made)
    return _out(queries.get(ctx.place, made.id))


@api.get(
    "/activities/<uuid:activity_id>",
    permission=may.ACTIVITY_VIEW,
    answer=ActivityOut,
    summary=_("Read an activity"),
)
def activity(ctx: ApiContext, activity_id: UUID) -> Any:
    """One activity."""
    return _out(queries.get(ctx.place, activity_id, for_change=ctx.for_change))


@api.put(
    "/activities/<uuid:activity_id>",
    permission=may.ACTIVITY_EDIT,
    body=schemas.ActivityForm,
    answer=ActivityOut,
    current="activity",
    summary=_("Replace what an activity says"),
)
def change_activity(ctx: ApiContext, activity_id: UUID) -> Any:
    """Save changes."""
    service.change(ctx.actor, ctx.place, activity_id, ctx.body)
    return _out(queries.get(ctx.place, activity_id))


def _out(listed: queries.Listed) -> dict[str, Any]:
    written = {name: getattr(listed.activity, name) for name in _WRITTEN}
    return written | {"signed_up": listed.taken}
