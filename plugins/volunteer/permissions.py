"""What may be allowed in Volunteer, and what its acts are called in the audit log."""

from core.sdk import Permission
from plugins.volunteer.texts import _

ACTIVITY_EDIT = "volunteer.activity.edit"
ACTIVITY_VIEW = "volunteer.activity.view"
SIGN_UP_EDIT = "volunteer.sign_up.edit"
SIGN_UP_VIEW = "volunteer.sign_up.view"

PERMISSIONS = (
    Permission(
        ACTIVITY_EDIT, _("Prepare, publish and cancel activities"), ("administrator", "staff")
    ),
    Permission(ACTIVITY_VIEW, _("See all activities"), ("administrator", "staff", "viewer")),
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
    "volunteer.activity.view": _("Opened the activities"),
    "volunteer.sign_up.create": _("Entered a sign-up"),
    "volunteer.sign_up.edit": _("Opened the entering of sign-ups"),
    "volunteer.sign_up.withdraw": _("Withdrew a sign-up"),
}
