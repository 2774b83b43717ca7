"""Pages of Volunteer."""

from plugins.volunteer.views import activities, attendance, on_site, people
from plugins.volunteer.views.pages import pages

__all__ = ["activities", "attendance", "on_site", "pages", "people"]
