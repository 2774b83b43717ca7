"""Forms of schemes: what a competition is, and its rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from core.sdk import FormSchema
from plugins.evaluation.schemas.points import HUNDRED, Points, PointsSchema
from plugins.evaluation.texts import _

MOST_PLACES = 1_000
CONTESTANTS: dict[str, Any] = {
    "street": _("Streets"),
    "community": _("Communities"),
    "courtyard": _("Courtyards"),
    "household": _("Households"),
}
CYCLES: dict[str, Any] = {
    "month": _("Every month"),
    "quarter": _("Every quarter"),
    "half_year": _("Every half-year"),
    "year": _("Every year"),
}
RHYTHMS: dict[str, Any] = {
    "once": _("Once"),
    "month": _("Every month"),
    "quarter": _("Every quarter"),
}


class SchemeForm(FormSchema):
    """What a competition is, for good."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": _("Name of the competition")},
    )
    contestants = fields.String(
        required=True,
        metadata={"label": _("Who competes"), "widget": "select"},
    )
    cycle = fields.String(
        required=True,
        metadata={
            "label": _("How often it is held"),
            "widget": "select",
            "options": tuple(CYCLES.items()),
        },
    )


class RulesForm(PointsSchema):
    """The rules of one version."""

    rhythm = fields.String(
        required=True,
        metadata={
            "label": _("How often a season is scored"),
            "widget": "select",
            "options": tuple(RHYTHMS.items()),
        },
    )
    notice_days = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(min=1, max=60),
        metadata={
            "label": _("Public notice"),
            "unit": _("calendar days"),
            "help": _("Holidays and weekends count."),
        },
    )
    objection_days = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(min=1, max=60),
        metadata={
            "label": _("Objections are taken for"),
            "unit": _("calendar days"),
            "help": _("From the first day of the notice, and not longer than it."),
        },
    )
    objections_to = fields.String(
        required=True,
        validate=validate.Length(max=200),
        metadata={
            "label": _("Whom to object to"),
            "help": _("Office, address and telephone, as they are shown with the notice."),
        },
    )
    award_title = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": _("Name of the award")},
    )
    award_ranks = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(min=0, max=MOST_PLACES),
        metadata={"label": _("Ranks that win it"), "help": _("3 means the first three.")},
    )
    award_line = Points(
        required=True,
        least=Decimal(0),
        most=HUNDRED,
        metadata={
            "label": _("Score that must be reached"),
            "unit": _("points"),
            "help": _("0 when there is no such line."),
        },
    )


class NewSchemeForm(RulesForm, SchemeForm):
    """A competition written from nothing, with the rules of its first version."""


class TemplateForm(FormSchema):
    """Which example is copied."""

    template = fields.String(required=True, metadata={"label": _("Template"), "widget": "hidden"})
