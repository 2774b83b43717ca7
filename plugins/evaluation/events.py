"""What Evaluation tells. The lists of an event belong together item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from core.sdk import Event


@dataclass(frozen=True)
class ResultAnnounced(Event):
    """A season's result is final: told at the season's place, in the order of rank.

    ``scores`` are hundredths of a point; equal contestants share a rank. Whoever was vetoed is in
    the lists and ranks last.
    """

    name = "evaluation.result_announced"

    season: UUID
    title: str
    begins_on: date
    ends_on: date
    places: Sequence[UUID]
    ranks: Sequence[int]
    scores: Sequence[int]
    awarded: Sequence[bool]
    vetoed: Sequence[bool]
