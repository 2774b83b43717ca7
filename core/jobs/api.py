"""Long work as a resource of the API."""

from __future__ import annotations

from uuid import UUID

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from core.accounts.permissions import JOB_VIEW
from core.api.contract import ApiContext, Resources
from core.jobs import queries
from core.jobs.models import STATES, Job

resources = Resources()


class JobOut(Schema):
    """A piece of long work as programs see it."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    name = fields.String(required=True, metadata={"label": _("Kind of work")})
    state = fields.String(
        required=True, validate=validate.OneOf(STATES), metadata={"label": _("State")}
    )
    done = fields.Integer(required=True, metadata={"label": _("Things done")})
    total = fields.Integer(
        required=True,
        metadata={"label": _("Things in all"), "help": _("0 as long as that is not known.")},
    )
    result = fields.Dict(required=True, allow_none=True, metadata={"label": _("Result")})
    error = fields.String(
        required=True, allow_none=True, metadata={"label": _("Why it failed or ended early")}
    )
    created_at = fields.AwareDateTime(required=True, metadata={"label": _("Asked for")})
    started_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Begun")}
    )
    finished_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"label": _("Ended")}
    )


@resources.get(
    "/jobs/<uuid:job_id>",
    permission=JOB_VIEW,
    answer=JobOut,
    summary=_("Read a piece of long work"),
)
def job(ctx: ApiContext, job_id: UUID) -> Job:
    """How far a piece of long work is, and what came of it."""
    return queries.get(ctx.place, job_id)
