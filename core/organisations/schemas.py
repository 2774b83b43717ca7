"""Forms of organisations."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from core.organisations.kinds import KINDS
from core.organisations.service import LONGEST_NAME
from core.web.forms import FormSchema

_LONGEST_CODE = 60
"""As typed, with spaces and hyphens."""


def _credit_code(help_: Any, **rules: Any) -> fields.String:
    return fields.String(
        validate=validate.Length(max=_LONGEST_CODE),
        metadata={
            "label": _("Unified social credit code"),
            "help": help_,
            "autocomplete": "off",
        },
        **rules,
    )


def _served_from() -> fields.Date:
    return fields.Date(required=True, metadata={"label": _("Serves from")})


def _served_to() -> fields.Date:
    return fields.Date(
        load_default=None,
        allow_none=True,
        metadata={
            "label": _("Serves to"),
            "help": _("The last day, included. Leave it empty while the service goes on."),
        },
    )


class OrganisationForm(FormSchema):
    """What an organisation is."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(list(KINDS)),
        metadata={"label": _("Kind of organisation"), "options": list(KINDS.items())},
    )
    name = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_NAME),
        metadata={
            "label": _("Full name"),
            "help": _("As on the licence or the seal."),
            "autocomplete": "off",
        },
    )
    credit_code = _credit_code(
        _("18 characters. Every company has one; a committee may have none."),
        allow_none=True,
        load_default=None,
    )


class CorrectionForm(OrganisationForm):
    """What may be corrected about an organisation; its kind is shown and sent as it was."""

    kind = fields.String(
        required=True, metadata={"label": _("Kind of organisation"), "widget": "hidden"}
    )


class ServingForm(FormSchema):
    """An organisation, known by its code, that serves the place of the page."""

    credit_code = _credit_code(
        _("18 characters, as on the licence or in the public register."), required=True
    )
    served_from = _served_from()
    served_to = _served_to()


class AreaForm(FormSchema):
    """A place that the organisation of the page serves."""

    place = fields.String(
        required=True, metadata={"label": _("Place that it serves"), "widget": "select"}
    )
    served_from = _served_from()
    served_to = _served_to()


class SpanForm(FormSchema):
    """From when to when."""

    served_from = _served_from()
    served_to = _served_to()
