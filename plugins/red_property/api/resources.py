"""The collection that every resource of Red property is added to."""

from core.sdk import Resources

api = Resources()
