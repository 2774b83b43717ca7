"""The collection that every resource of Volunteer is added to."""

from core.sdk import Resources

api = Resources()
