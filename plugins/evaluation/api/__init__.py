"""Resources of Evaluation."""

from plugins.evaluation.api import results, scores, seasons
from plugins.evaluation.api.resources import api

__all__ = ["api", "results", "scores", "seasons"]
