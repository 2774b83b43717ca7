"""Resources of Volunteer."""

from plugins.volunteer.api import activities, attendance, people
from plugins.volunteer.api.resources import api

__all__ = ["activities", "api", "attendance", "people"]
