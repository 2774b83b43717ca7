"""Verbs of Volunteer."""

from plugins.volunteer.service.activities import (
    cancel,
    change,
    create,
    publish,
    renew_code,
    sign_up,
    withdraw,
)
from plugins.volunteer.service.attendance import check_in, check_out, takes_people, walk_in
from plugins.volunteer.service.hours import (
    CHUNK,
    CONFIRM_JOB,
    Confirmed,
    confirm,
    confirm_some,
    confirm_waiting,
)
from plugins.volunteer.service.on_site import Direction, by_code, is_open
from plugins.volunteer.service.people import phone_of, rename

__all__ = [
    "CHUNK",
    "CONFIRM_JOB",
    "Confirmed",
    "Direction",
    "by_code",
    "cancel",
    "change",
    "check_in",
    "check_out",
    "confirm",
    "confirm_some",
    "confirm_waiting",
    "create",
    "is_open",
    "phone_of",
    "publish",
    "rename",
    "renew_code",
    "sign_up",
    "takes_people",
    "walk_in",
    "withdraw",
]
