"""Reads of Evaluation."""

from plugins.evaluation.calendar import Round
from plugins.evaluation.queries.awards import ListedAward, award_history, awards
from plugins.evaluation.queries.detail import (
    Appointed,
    SeasonDetail,
    public_season,
    season,
    season_taken_back,
)
from plugins.evaluation.queries.explanation import (
    Explanation,
    Line,
    RoundMark,
    Scored,
    explanation,
)
from plugins.evaluation.queries.objections import ListedObjection, objection, objections
from plugins.evaluation.queries.results import (
    LeagueRow,
    league,
    missing,
    winners,
    wins,
    without_standing,
)
from plugins.evaluation.queries.schemes import (
    ListedScheme,
    SchemeDetail,
    VersionDetail,
    scheme,
    schemes,
)
from plugins.evaluation.queries.scored import Done, Progress, by_scorer, progress, unscored
from plugins.evaluation.queries.seasons import ListedSeason, my_seasons, public_seasons, seasons
from plugins.evaluation.queries.sheet import Sheet, SheetRow, sheet
from plugins.evaluation.queries.visibility import results_seen, seen_from
from plugins.evaluation.shipped import Template, templates

__all__ = [
    "Appointed",
    "Done",
    "Explanation",
    "LeagueRow",
    "Line",
    "ListedAward",
    "ListedObjection",
    "ListedScheme",
    "ListedSeason",
    "Progress",
    "Round",
    "RoundMark",
    "SchemeDetail",
    "Scored",
    "SeasonDetail",
    "Sheet",
    "SheetRow",
    "Template",
    "VersionDetail",
    "award_history",
    "awards",
    "by_scorer",
    "explanation",
    "league",
    "missing",
    "my_seasons",
    "objection",
    "objections",
    "progress",
    "public_season",
    "public_seasons",
    "results_seen",
    "scheme",
    "schemes",
    "season",
    "season_taken_back",
    "seasons",
    "seen_from",
    "sheet",
    "templates",
    "unscored",
    "winners",
    "wins",
    "without_standing",
]
