"""Evaluation 评比: competitions among places, scored, computed, shown for notice and awarded."""

from plugins.evaluation.plugin import EvaluationPlugin

plugin = EvaluationPlugin()
