"""The collection that every resource of Evaluation is added to."""

from core.sdk import Resources

api = Resources()
