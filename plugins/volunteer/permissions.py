"""What may be allowed in Volunteer."""

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
