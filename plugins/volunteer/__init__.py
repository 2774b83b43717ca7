"""Volunteer 志愿服务: activities of a community, and who signed up."""

from plugins.volunteer.plugin import VolunteerPlugin

plugin = VolunteerPlugin()
