"""Forms of Red property."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, validate

from core.sdk import FormSchema, UploadField, today
from plugins.red_property.documents import MOST_POINTS
from plugins.red_property.models import ENDING_KINDS
from plugins.red_property.texts import _

LONGEST_TEXT = 1000
DECIMALS = 2
LONGEST_DOCUMENT = 200_000
ENDING_NAMES: dict[str, Any] = {
    "revoked": _("Revoked: its basis fell away"),
    "rectified": _("Put right by the company"),
}


def two_decimals(value: Decimal) -> None:
    """Refuse more decimals than points have, rather than rounding them away."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        raise ValidationError(str(_("At most two decimals.")))


def past_day(value: date) -> None:
    """Refuse a day to come by the district's calendar."""
    if value > today():
        raise ValidationError(str(_("This day is still to come.")))


def id_field() -> fields.UUID:
    """A field for the id that a new item gets, by which the same one sent twice is known."""
    return fields.UUID(load_default=None, allow_none=True, metadata={"widget": "hidden"})


def points_field() -> fields.Decimal:
    """A field for points, as people write them."""
    return fields.Decimal(
        required=True,
        validate=[validate.Range(min=0, max=MOST_POINTS), two_decimals],
        metadata={"label": _("Points"), "unit": _("points")},
    )


def basis_field() -> fields.String:
    """A field for what an item is founded on."""
    return fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_TEXT),
        metadata={
            "label": _("Basis"),
            "help": _("The document, inspection or complaint that shows it. Not shown publicly."),
            "widget": "textarea",
        },
    )


def evidence_field(*, needed: bool = False) -> UploadField:
    """A field for the file that shows what happened."""
    about = {"label": _("Evidence")}
    if not needed:
        return UploadField(load_default=None, allow_none=True, metadata=about)
    missing = _("This item needs evidence: a photo or a PDF.")
    return UploadField(required=True, metadata=about, error_messages={"required": missing})


class EntryForm(FormSchema):
    """An item as a clerk enters it."""

    id = id_field()
    points = points_field()
    occurred_on = fields.Date(
        required=True, validate=past_day, metadata={"label": _("Day on which it happened")}
    )
    about_place = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _("Place where it happened"),
            "placeholder": _("Not in one place"),
            "widget": "select",
            "help": _("Places that the company serves or served."),
        },
    )
    basis = basis_field()
    evidence = evidence_field()
    valid_from = fields.Date(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _("Counts from"),
            "help": _("From the beginning of this day; empty means from now."),
        },
    )


class EvidencedEntryForm(EntryForm):
    """An item that needs evidence."""

    evidence = evidence_field(needed=True)


class EndForm(FormSchema):
    """Why an item counts no more."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(ENDING_KINDS),
        metadata={"label": _("How"), "options": tuple(ENDING_NAMES.items())},
    )
    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_TEXT),
        metadata={"label": _("Reason"), "widget": "textarea"},
    )


class AcceptForm(FormSchema):
    """A proposed item, accepted."""

    points = points_field()
    basis = basis_field()
    evidence = evidence_field()


class EvidencedAcceptForm(AcceptForm):
    """A proposed item that needs evidence, accepted."""

    evidence = evidence_field(needed=True)


class DeclineForm(FormSchema):
    """Why a proposed item is declined."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_TEXT),
        metadata={"label": _("Reason"), "widget": "textarea"},
    )


class AdoptForm(FormSchema):
    """From when a method holds."""

    in_force_on = fields.Date(
        required=True,
        metadata={
            "label": _("Holds from"),
            "help": _("From the beginning of this day by the district's calendar."),
        },
    )


class DocumentForm(FormSchema):
    """A method as text."""

    document = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_DOCUMENT),
        metadata={
            "label": _("The file's text"),
            "help": _("JSON, as it is downloaded from a method's page."),
            "widget": "textarea",
        },
    )


class AdoptDocumentForm(AdoptForm):
    """A checked method as text, and from when it holds."""

    document = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_DOCUMENT),
        metadata={"widget": "hidden"},
    )
