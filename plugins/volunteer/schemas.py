"""Forms of Volunteer."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from core.sdk import FormSchema
from plugins.volunteer.texts import _

LARGEST_ACTIVITY = 10_000
LONGEST_CODE = 12


class ActivityForm(FormSchema):
    """An activity as staff write it."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": _("Title")},
    )
    description = fields.String(
        required=True,
        validate=validate.Length(max=2000),
        metadata={
            "label": _("What is done"),
            "help": _("Shown to everybody once the activity is published."),
            "widget": "textarea",
        },
    )
    location = fields.String(
        required=True,
        validate=validate.Length(max=120),
        metadata={"label": _("Meeting point")},
    )
    starts_at = fields.AwareDateTime(
        required=True, metadata={"label": _("Begins"), "widget": "datetime-local"}
    )
    ends_at = fields.AwareDateTime(
        required=True, metadata={"label": _("Ends"), "widget": "datetime-local"}
    )
    capacity = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(min=1, max=LARGEST_ACTIVITY),
        metadata={"label": _("Volunteers wanted"), "unit": _("people")},
    )
    organiser = fields.String(
        required=True,
        validate=validate.Length(max=120),
        metadata={
            "label": _("Organiser"),
            "help": _("The organisation and the person in charge, as the public may know them."),
        },
    )
    risks = fields.String(
        required=True,
        validate=validate.Length(max=500),
        metadata={
            "label": _("Risks and precautions"),
            "help": _("Volunteers must be told beforehand; write “none known” if there are none."),
            "widget": "textarea",
        },
    )

    @validates_schema
    def check_times(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse an activity that ends before it begins."""
        begins, ends = data.get("starts_at"), data.get("ends_at")
        if begins and ends and ends <= begins:
            raise ValidationError({"ends_at": [str(_("It must end after it begins."))]})


class CancelForm(FormSchema):
    """Why an activity is cancelled."""

    reason = fields.String(
        required=True,
        validate=validate.Length(max=200),
        metadata={"label": _("Reason"), "help": _("Shown on the public page.")},
    )


class SignUpForm(FormSchema):
    """A person who will come."""

    name = fields.String(
        required=True, validate=validate.Length(max=60), metadata={"label": _("Name")}
    )
    phone = fields.String(
        required=True,
        validate=validate.Length(max=30),
        metadata={
            "label": _("Mobile number"),
            "help": _(
                "Kept encrypted, to reach the person about activities"
                " and to know whose hours and points they are."
            ),
            "widget": "tel",
        },
    )


class CheckInForm(FormSchema):
    """What a volunteer types on site."""

    phone = fields.String(
        required=True,
        validate=validate.Length(max=30),
        metadata={
            "label": _("Mobile number"),
            "help": _("The one you signed up with."),
            "widget": "tel",
            "autocomplete": "tel-national",
        },
    )
    code = fields.String(
        required=True,
        validate=validate.Length(max=LONGEST_CODE),
        metadata={"label": _("Code on site"), "widget": "tel", "autocomplete": "off"},
    )


class NameForm(FormSchema):
    """A volunteer's name, corrected."""

    name = fields.String(
        required=True, validate=validate.Length(max=60), metadata={"label": _("Name")}
    )
