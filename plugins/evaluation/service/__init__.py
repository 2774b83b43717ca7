"""Verbs of Evaluation."""

from plugins.evaluation.service import objections, schemes, scoring, seasons

__all__ = ["objections", "schemes", "scoring", "seasons"]
