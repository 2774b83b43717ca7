"""Pages of Evaluation."""

from plugins.evaluation.views import (
    correcting,
    criteria,
    objections,
    public,
    results,
    schemes,
    scoring,
    seasons,
    sheet,
    steps,
)
from plugins.evaluation.views.pages import pages

__all__ = [
    "correcting",
    "criteria",
    "objections",
    "pages",
    "public",
    "results",
    "schemes",
    "scoring",
    "seasons",
    "sheet",
    "steps",
]
