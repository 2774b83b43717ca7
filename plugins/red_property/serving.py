"""Who serves a community where, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from core.sdk import PlaceView, Served, organisations_serving, today


def served_at(place: PlaceView) -> Mapping[UUID, Sequence[Served]]:
    """Return where each organisation serves a community today, by the organisation's id.

    Empty above a community, where it would be a long list.
    """
    found: dict[UUID, list[Served]] = defaultdict(list)
    if place.kind == "community":
        for served in organisations_serving(place, today()):
            found[served.organisation.id].append(served)
    return found
