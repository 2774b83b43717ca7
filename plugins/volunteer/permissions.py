"""What may be allowed in Volunteer, and what its acts are called in the audit log."""

from core.sdk import Permission
from plugins.volunteer.texts import _

ACTIVITY_EDIT = "volunteer.activity.edit"
ACTIVITY_VIEW = "volunteer.activity.view"
ATTENDANCE_EDIT = "volunteer.attendance.edit"
HOURS_CONFIRM = "volunteer.hours.confirm"
PERSON_VIEW = "volunteer.person.view"
SIGN_UP_EDIT = "volunteer.sign_up.edit"
SIGN_UP_VIEW = "volunteer.sign_up.view"

PERMISSIONS = (
    Permission(
        ACTIVITY_EDIT, _("Prepare, publish and cancel activities"), ("administrator", "staff")
    ),
    Permission(ACTIVITY_VIEW, _("See all activities"), ("administrator", "staff", "viewer")),
    Permission(
        ATTENDANCE_EDIT, _("Check volunteers in and out, show the code"), ("administrator", "staff")
    ),
    Permission(HOURS_CONFIRM, _("Confirm hours, which gives points"), ("administrator", "staff")),
    Permission(PERSON_VIEW, _("See volunteers and their points"), ("administrator", "staff")),
    Permission(SIGN_UP_EDIT, _("Enter and withdraw sign-ups"), ("administrator", "staff")),
    Permission(SIGN_UP_VIEW, _("See who signed up"), ("administrator", "staff")),
)

ACTIONS = {
    "volunteer.activity": _("Volunteer activity"),
    "volunteer.activity.cancel": _("Cancelled an activity"),
    "volunteer.activity.change": _("Changed an activity"),
    "volunteer.activity.create": _("Wrote an activity"),
    "volunteer.activity.edit": _("Opened the editing of activities"),
    "volunteer.activity.publish": _("Published an activity"),
    "volunteer.activity.renew_code": _("Made a new code for checking in"),
    "volunteer.activity.view": _("Opened the activities"),
    "volunteer.attendance.check_in": _("Checked a volunteer in"),
    "volunteer.attendance.check_out": _("Checked a volunteer out"),
    "volunteer.attendance.edit": _("Opened the checking in of volunteers"),
    "volunteer.attendance.self_in": _("Checked in by code"),
    "volunteer.attendance.self_out": _("Checked out by code"),
    "volunteer.attendance.walk_in": _("Checked in somebody who had not signed up"),
    "volunteer.hours.confirm": _("Confirmed hours"),
    "volunteer.person": _("The volunteer"),
    "volunteer.person.rename": _("Corrected a volunteer's name"),
    "volunteer.person.view": _("Opened the volunteers"),
    "volunteer.sign_up.create": _("Entered a sign-up"),
    "volunteer.sign_up.edit": _("Opened the entering of sign-ups"),
    "volunteer.sign_up.view": _("Opened the sign-ups"),
    "volunteer.sign_up.withdraw": _("Withdrew a sign-up"),
}
