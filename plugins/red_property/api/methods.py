"""Rating methods as resources."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import Schema, fields

from core.sdk import ApiContext, Page
from plugins.red_property import permissions as may
from plugins.red_property import queries
from plugins.red_property.api.resources import api
from plugins.red_property.showing import exact
from plugins.red_property.texts import _


class MethodOut(Schema):
    """One version of a method that the district adopted."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    key = fields.String(required=True, metadata={"label": _("Key")})
    version = fields.Integer(required=True, metadata={"label": _("Version")})
    title = fields.String(required=True, metadata={"label": _("Title")})
    source = fields.String(required=True, metadata={"label": _("Document and dates")})
    in_force_on = fields.Date(required=True, metadata={"label": _("Holds from")})
    adopted_at = fields.AwareDateTime(required=True, metadata={"label": _("Adopted")})


class ItemOut(Schema):
    """An item of a method."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    code = fields.String(required=True, metadata={"label": _("Item code")})
    text = fields.String(required=True, metadata={"label": _("Item")})
    least = fields.Decimal(required=True, as_string=True, metadata={"label": _("Least points")})
    most = fields.Decimal(required=True, as_string=True, metadata={"label": _("Most points")})
    veto = fields.Boolean(required=True, metadata={"label": _("Veto")})
    evidence_needed = fields.Boolean(required=True, metadata={"label": _("Needs evidence")})
    example = fields.Boolean(
        required=True,
        metadata={"label": _("Example"), "help": _("The item is not from the method's text.")},
    )


class MethodDetailOut(MethodOut):
    """A method with the document that it was adopted from, and its items."""

    document = fields.Dict(
        keys=fields.String(), required=True, metadata={"label": _("The method's document")}
    )
    items = fields.List(fields.Nested(ItemOut), required=True, metadata={"label": _("Items")})


@api.get(
    "/methods",
    permission=may.GRADE_VIEW,
    answer=MethodOut,
    paged=True,
    summary=_("List rating methods"),
)
def methods(ctx: ApiContext) -> Page[Any]:
    """The latest in force first."""
    found, paging = queries.methods(ctx.place), ctx.paging
    begin = (paging.number - 1) * paging.size
    return Page(list(found[begin : begin + paging.size]), len(found), paging.number, paging.size)


@api.get(
    "/methods/<uuid:method_id>",
    permission=may.GRADE_VIEW,
    answer=MethodDetailOut,
    summary=_("Read a rating method"),
)
def method(ctx: ApiContext, method_id: UUID) -> dict[str, Any]:
    """Its document, and its items with the ids that entries name."""
    detail = queries.method_detail(ctx.place, method_id)
    about = {name: getattr(detail.method, name) for name in MethodOut().fields}
    return about | {
        "document": detail.method.document,
        "items": [
            {
                "id": item.id,
                "code": item.code,
                "text": item.text,
                "least": exact(item.least),
                "most": exact(item.most),
                "veto": item.veto,
                "evidence_needed": item.evidence_needed,
                "example": item.example,
            }
            for item in detail.items
        ],
    }
