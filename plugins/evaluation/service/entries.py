"""What may be entered for a criterion, and where it stands."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from plugins.evaluation.models import Criterion
from plugins.evaluation.rules import LARGEST_ENTRY
from plugins.evaluation.texts import _


def refusal(criterion: Criterion, value: int) -> Any:
    """Return why ``value`` cannot be entered for a criterion, or ``None``."""
    if value < 0:
        return _("This cannot be negative.")
    if criterion.kind == "score" and value > criterion.full:
        return _(
            "At most %(full)s points.", full=f"{criterion.full // 100}.{criterion.full % 100:02}"
        )
    if criterion.kind == "veto" and value > 1:
        return _("Say only whether it happened.")
    if value > LARGEST_ENTRY:
        return _("This number is too large.")
    return None


def seat(criterion: Criterion, scorer_id: UUID, contestant_id: UUID) -> UUID:
    """Return what keeps entries apart: every scorer's mark counts, of counts there is one."""
    return scorer_id if criterion.kind == "score" else contestant_id
