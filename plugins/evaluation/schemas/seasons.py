"""Forms of seasons: opening, appointing, closing, objections."""

from __future__ import annotations

from marshmallow import fields, validate

from core.sdk import FormSchema
from plugins.evaluation.texts import _


class OpenForm(FormSchema):
    """A season that begins."""

    title = fields.String(
        required=True,
        validate=validate.Length(max=80),
        metadata={"label": _("Title of the season")},
    )
    begins_on = fields.Date(
        required=True,
        metadata={
            "label": _("First day"),
            "help": _("The last day follows from how often the competition is held."),
        },
    )


class AppointForm(FormSchema):
    """A person who is to score."""

    user_id = fields.UUID(
        required=True, metadata={"label": _("Who is to score"), "widget": "select"}
    )
    role = fields.String(required=True, metadata={"label": _("Scores as"), "widget": "select"})


class LockForm(FormSchema):
    """Why scoring is closed although something is missing."""

    reason = fields.String(
        load_default="",
        validate=validate.Length(max=300),
        metadata={
            "label": _("Reason"),
            "help": _(
                "Needed when something is not scored, when some contestants have fewer marks than"
                " others, or when the season has not ended. Shown with the result: write no names."
            ),
        },
    )


class ObjectionForm(FormSchema):
    """An objection to a result; its id is made when the form is shown, so that it counts once."""

    id = fields.UUID(required=True, metadata={"widget": "hidden"})
    text = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={
            "label": _("What is objected to"),
            "help": _("What is wrong and why. It is shown with the notice: write no names."),
            "widget": "textarea",
        },
    )


class AnswerForm(FormSchema):
    """The answer to an objection."""

    decision = fields.String(
        required=True,
        metadata={
            "label": _("Decision"),
            "widget": "select",
            "options": (("upheld", _("Upheld")), ("dismissed", _("Dismissed"))),
        },
    )
    answer = fields.String(
        required=True,
        validate=validate.Length(max=1000),
        metadata={
            "label": _("Answer to the objection"),
            "help": _("Shown with the notice: write no names."),
            "widget": "textarea",
        },
    )
