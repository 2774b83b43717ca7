"""The collection that every page of Volunteer is added to."""

from core.sdk import Pages

pages = Pages()
