"""The settings of Volunteer: how a community counts hours and points."""

from __future__ import annotations

from marshmallow import fields, validate

from core.sdk import FormSchema
from plugins.volunteer.texts import _

HOURS_OF_A_DAY = 24
MOST_POINTS_PER_HOUR = 100


class VolunteerSettings(FormSchema):
    """Examples from practice: Hailin gives 1 point an hour and counts at most 2 h an activity."""

    step_minutes = fields.Integer(
        load_default=30,
        strict=False,
        validate=validate.OneOf((15, 30, 60), labels=(_("15 min"), _("30 min"), _("60 min"))),
        metadata={
            "label": _("Hours are counted in steps of"),
            "help": _("The time present is always rounded down to a whole step."),
        },
    )
    activity_cap_hours = fields.Integer(
        load_default=HOURS_OF_A_DAY,
        strict=False,
        validate=validate.Range(min=1, max=HOURS_OF_A_DAY),
        metadata={
            "label": _("One activity counts at most"),
            "unit": _("h"),
            "help": _("For example 2 h, however long it lasts; 24 h is no limit."),
        },
    )
    day_cap_hours = fields.Integer(
        load_default=HOURS_OF_A_DAY,
        strict=False,
        validate=validate.Range(min=1, max=HOURS_OF_A_DAY),
        metadata={
            "label": _("One day counts at most"),
            "unit": _("h"),
            "help": _("All activities that begin on one day together; 24 h is no limit."),
        },
    )
    points_per_hour = fields.Integer(
        load_default=1,
        strict=False,
        validate=validate.Range(min=0, max=MOST_POINTS_PER_HOUR),
        metadata={
            "label": _("Points per hour"),
            "unit": _("points"),
            "help": _(
                "Points are whole: what an activity is worth is rounded down. With 0, hours are"
                " kept and no points are given."
            ),
        },
    )
    check_in_by_code = fields.Boolean(
        load_default=True,
        metadata={
            "label": _("People may check themselves in by the code on site"),
            "help": _("Otherwise staff check everybody in and out."),
        },
    )
