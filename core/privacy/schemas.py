"""The form that names a person."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from core.web.forms import FormSchema


class Person(FormSchema):
    """Somebody by mobile number."""

    phone = fields.String(
        required=True,
        validate=validate.Length(max=30),
        metadata={
            "label": _("Mobile number"),
            "help": _("Check first that it is the person who asks."),
            "widget": "tel",
            "autocomplete": "off",
        },
    )
