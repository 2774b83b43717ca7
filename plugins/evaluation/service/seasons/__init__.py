"""Verbs of seasons, in the order in which a season lives."""

from plugins.evaluation.service.seasons.appointing import appoint, dismiss
from plugins.evaluation.service.seasons.correcting import correct
from plugins.evaluation.service.seasons.opening import lock, open
from plugins.evaluation.service.seasons.results import award, begin_notice, compute

__all__ = [
    "appoint",
    "award",
    "begin_notice",
    "compute",
    "correct",
    "dismiss",
    "lock",
    "open",
]
