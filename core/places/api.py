"""Places as resources of the API."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from core.accounts.permissions import PLACE_VIEW
from core.api.contract import ApiContext, Resources
from core.paging import Page
from core.places import queries
from core.places.codes import parent_of
from core.places.view import KINDS, PlaceView

resources = Resources()


class PlaceOut(Schema):
    """A place as programs see it."""

    id = fields.UUID(
        required=True,
        metadata={"label": _("Id"), "help": _("Stays the same when the place gets another code.")},
    )
    code = fields.String(
        required=True, metadata={"label": _("Code"), "help": _("The place's address.")}
    )
    parent = fields.Function(
        lambda place: parent_of(place.code),
        required=True,
        metadata={"label": _("Code of the place above"), "type": ["string", "null"]},
    )
    kind = fields.String(
        required=True, validate=validate.OneOf(list(KINDS)), metadata={"label": _("Kind of place")}
    )
    name = fields.String(required=True, metadata={"label": _("Name of the place")})
    official_name = fields.String(required=True, metadata={"label": _("Official name")})


@resources.get("", permission=PLACE_VIEW, answer=PlaceOut, summary=_("Read a place"))
def place(ctx: ApiContext) -> PlaceView:
    """The place that the address names."""
    return ctx.place


@resources.get(
    "/children",
    permission=PLACE_VIEW,
    answer=PlaceOut,
    paged=True,
    summary=_("List the places one level below"),
)
def children(ctx: ApiContext) -> Page[PlaceView]:
    """The places one level below, in code order."""
    return queries.children_page(ctx.place, ctx.paging)
