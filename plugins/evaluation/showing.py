"""How figures of Evaluation are written, on pages and in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from core.sdk import IndicatorInfo
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _

HUNDREDTHS = 100

KINDS: dict[str, Any] = {
    "score": _("By marks"),
    "count": _("By counting"),
    "indicator": _("By an indicator"),
    "veto": _("Veto"),
}
STATES: dict[str, Any] = {
    "open": _("Open for scoring"),
    "locked": _("Scoring closed"),
    "computed": _("Computed"),
    "notice": _("Public notice"),
    "awarded": _("Awarded"),
}
OBJECTION_STATES: dict[str, Any] = {
    "open": _("To be answered"),
    "upheld": _("Upheld"),
    "dismissed": _("Dismissed"),
}


def points(hundredths: int) -> str:
    """Return points with two decimals: ``86.40``."""
    whole, rest = divmod(abs(hundredths), HUNDREDTHS)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"


def amount(criterion: Criterion, value: int, indicator: IndicatorInfo | None = None) -> str:
    """Return a total, a full number or an entry of a criterion as people write it, no unit."""
    if criterion.kind == "score":
        return points(value)
    if indicator is None or indicator.divisor == 1:
        return f"{value:,}"
    shown = Decimal(value) / indicator.divisor
    places = Decimal(1) if shown == shown.to_integral_value() else Decimal("0.01")
    return f"{shown.quantize(places):,}"


def entry(criterion: Criterion, value: int) -> Any:
    """Return one entry as people write it; of a veto whether it happened."""
    if criterion.kind == "veto":
        return _("Yes") if value else _("No")
    return amount(criterion, value)


def league_columns(criteria: Sequence[Criterion]) -> list[dict[str, Any]]:
    """Return the columns of a league table: rank, place, score, what each criterion gave."""
    return [
        {"key": "rank", "label": _("Rank"), "kind": "number"},
        {"key": "place", "label": _("Contestant"), "kind": "title"},
        {"key": "score", "label": _("Score"), "kind": "number"},
        *({"key": c.id, "label": c.title, "kind": "number"} for c in criteria if c.kind != "veto"),
    ]


def round_label(rhythm: str, number: int, begins_on: Any) -> Any:
    """Return what a round of scoring is called: the month, the quarter, or the season."""
    if rhythm == "month":
        return _("Month %(month)s/%(year)s", month=begins_on.month, year=begins_on.year)
    if rhythm == "quarter":
        quarter = (begins_on.month + 2) // 3
        return _("Quarter %(quarter)s/%(year)s", quarter=quarter, year=begins_on.year)
    return _("The whole season")
