"""Which company serves a community where, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from core.sdk import PlaceView, Served, organisations_serving, today
from plugins.red_property.queries import COMPANY


def served_at(place: PlaceView) -> Mapping[UUID, Sequence[Served]]:
    """Return where each property company serves a community today, by the company's id.

    Empty above a community, where it would be a long list.
    """
    found: dict[UUID, list[Served]] = defaultdict(list)
    if place.kind == "community":
        for served in organisations_serving(place, today(), COMPANY):
            found[served.organisation.id].append(served)
    return found
