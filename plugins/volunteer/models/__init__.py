"""Tables of Volunteer."""

from plugins.volunteer.models.activities import STATUSES, Activity, SignUp, Status
from plugins.volunteer.models.attendance import Attendance
from plugins.volunteer.models.base import Base
from plugins.volunteer.models.ledger import Account, PointsRule, Transfer
from plugins.volunteer.models.people import Volunteer

__all__ = [
    "STATUSES",
    "Account",
    "Activity",
    "Attendance",
    "Base",
    "PointsRule",
    "SignUp",
    "Status",
    "Transfer",
    "Volunteer",
]
