"""Organisations as resources of the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate

from core.accounts.permissions import ORGANISATION_VIEW
from core.api.contract import ApiContext, Resources
from core.clock import today
from core.organisations import listing, queries
from core.organisations.credit_code import written
from core.organisations.kinds import KINDS
from core.paging import Page
from core.places.queries import get_place

resources = Resources()


class OrganisationOut(Schema):
    """An organisation that a place keeps, or that serves it."""

    id = fields.UUID(required=True, metadata={"label": _("Id")})
    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(KINDS)),
        metadata={"label": _("Kind of organisation")},
    )
    name = fields.String(required=True, metadata={"label": _("Full name")})
    credit_code = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "label": _("Unified social credit code"),
            "help": _("null for a committee that has none."),
        },
    )
    keeper = fields.Function(
        lambda row: row.keeper.code if row.keeper else None,
        required=True,
        metadata={
            "label": _("Code of the place that keeps it"),
            "help": _("null when that place is neither above nor below this one."),
            "type": ["string", "null"],
        },
    )


class AreaOut(Schema):
    """A place that an organisation serves, and everything below it."""

    place = fields.String(required=True, metadata={"label": _("Code of the place")})
    name = fields.String(required=True, metadata={"label": _("Name of the place")})
    served_from = fields.Date(required=True, metadata={"label": _("Serves from")})
    served_to = fields.Date(
        required=True,
        allow_none=True,
        metadata={
            "label": _("Serves to"),
            "help": _("The last day, included; null while the service goes on."),
        },
    )


class OrganisationQuery(Schema):
    """Which organisations are wanted."""

    kind = fields.String(
        load_default="",
        validate=validate.OneOf(list(KINDS)),
        metadata={"label": _("Kind of organisation")},
    )
    name = fields.String(
        load_default="",
        validate=validate.Length(max=40),
        metadata={"label": _("A part of the name")},
    )
    credit_code = fields.String(
        load_default="",
        validate=validate.Length(max=60),
        metadata={"label": _("Beginning of the unified social credit code")},
    )


@resources.get(
    "/organisations",
    permission=ORGANISATION_VIEW,
    answer=OrganisationOut,
    query=OrganisationQuery,
    paged=True,
    summary=_("List the organisations of a place"),
)
def organisations(ctx: ApiContext) -> Page[listing.Listed]:
    """What is kept at this place or below, and what serves it, one above or one below."""
    return listing.listed(
        ctx.place,
        ctx.paging,
        today(),
        kind=ctx.query["kind"],
        name=ctx.query["name"],
        credit_code=written(ctx.query["credit_code"]),
    )


@resources.get(
    "/organisations/<uuid:organisation_id>",
    permission=ORGANISATION_VIEW,
    answer=OrganisationOut,
    summary=_("Read one organisation"),
)
def organisation(ctx: ApiContext, organisation_id: UUID) -> listing.Listed:
    """One organisation that this place sees."""
    found = queries.find_organisation(organisation_id, ctx.place)
    return listing.line(found, get_place(found.place_id), ctx.place)


@resources.get(
    "/organisations/<uuid:organisation_id>/areas",
    permission=ORGANISATION_VIEW,
    answer=AreaOut,
    paged=True,
    summary=_("List the places that an organisation serves"),
)
def areas(ctx: ApiContext, organisation_id: UUID) -> Page[dict[str, Any]]:
    """Those at, above and below this place, in code order, the latest span first."""
    found = queries.find_organisation(organisation_id, ctx.place)
    page = listing.areas(found.id, ctx.place, ctx.paging)
    return Page([_area(row) for row in page.rows], page.total, page.number, page.size)


def _area(row: listing.ListedArea) -> dict[str, Any]:
    return {
        "place": row.place.code,
        "name": row.place.name,
        "served_from": row.area.served_from,
        "served_to": row.area.served_to,
    }
