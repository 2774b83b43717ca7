"""Tables of Evaluation."""

from plugins.evaluation.models.base import Base
from plugins.evaluation.models.results import (
    OBJECTION_STATES,
    Award,
    Contribution,
    Objection,
    ObjectionState,
    Reading,
    Standing,
)
from plugins.evaluation.models.schemes import (
    CRITERION_KINDS,
    CYCLES,
    DIRECTIONS,
    RHYTHMS,
    Criterion,
    CriterionKind,
    Cycle,
    Direction,
    Rhythm,
    Scheme,
    SchemeVersion,
)
from plugins.evaluation.models.seasons import (
    SEASON_STATES,
    Contestant,
    Score,
    Scorer,
    Season,
    SeasonState,
)

__all__ = [
    "CRITERION_KINDS",
    "CYCLES",
    "DIRECTIONS",
    "OBJECTION_STATES",
    "RHYTHMS",
    "SEASON_STATES",
    "Award",
    "Base",
    "Contestant",
    "Contribution",
    "Criterion",
    "CriterionKind",
    "Cycle",
    "Direction",
    "Objection",
    "ObjectionState",
    "Reading",
    "Rhythm",
    "Scheme",
    "SchemeVersion",
    "Score",
    "Scorer",
    "Season",
    "SeasonState",
    "Standing",
]
