"""Forms of accounts."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from core.accounts import identity, tokens
from core.accounts.permissions import ROLES
from core.web.forms import FormSchema

_NEW_PASSWORD = _(
    "At least %(least)s characters. A short sentence is easy to remember.",
    least=identity.SHORTEST_PASSWORD,
)
_PASSWORD_LENGTH = validate.Length(max=identity.LONGEST_PASSWORD)


def _password(label: Any, autocomplete: str, help_: Any = "") -> fields.String:
    return fields.String(
        required=True,
        validate=_PASSWORD_LENGTH,
        metadata={
            "label": label,
            "help": help_,
            "widget": "password",
            "autocomplete": autocomplete,
        },
    )


class SignIn(FormSchema):
    """Phone number or user name, and password."""

    account = fields.String(
        required=True,
        validate=validate.Length(max=identity.LONGEST_ACCOUNT),
        metadata={"label": _("Phone number or user name"), "autocomplete": "username"},
    )
    password = _password(_("Password"), "current-password")


class NewPassword(FormSchema):
    """The password that a one-time link sets."""

    password = _password(_("New password"), "new-password", _NEW_PASSWORD)


class ChangePassword(FormSchema):
    """One's own password, replaced."""

    old_password = _password(_("Present password"), "current-password")
    password = _password(_("New password"), "new-password", _NEW_PASSWORD)


class NewPerson(FormSchema):
    """A person who gets a role at a place."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=identity.LONGEST_NAME),
        metadata={"label": _("Name"), "autocomplete": "off"},
    )
    phone = fields.String(
        required=True,
        validate=validate.Length(max=30),
        metadata={
            "label": _("Mobile number"),
            "help": _("Kept encrypted. The person signs in with it."),
            "widget": "tel",
            "autocomplete": "off",
        },
    )
    role = fields.String(
        required=True,
        validate=validate.OneOf(list(ROLES)),
        metadata={"label": _("Role here"), "options": list(ROLES.items())},
    )


class NewToken(FormSchema):
    """An access token of one's own."""

    name = fields.String(
        required=True,
        validate=validate.Length(max=tokens.LONGEST_NAME),
        metadata={
            "label": _("What it is for"),
            "help": _("The system that will use it, as you will recognise it later."),
            "autocomplete": "off",
        },
    )
    days = fields.Integer(
        required=True,
        strict=False,
        validate=validate.OneOf([30, 90, 180, 366]),
        metadata={
            "label": _("Good for"),
            "options": [
                (30, _("30 days")),
                (90, _("90 days")),
                (180, _("180 days")),
                (366, _("One year")),
            ],
        },
    )
    permissions = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(min=1, error=_("Choose at least one permission.")),
        metadata={
            "label": _("What it may do"),
            "help": _("As few as it needs. It never holds more than you do at that moment."),
            "widget": "checkboxes",
        },
    )
