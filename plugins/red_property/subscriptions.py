"""What Red property hears of other plugins: an announced result may be a reason for an item."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from core.sdk import Heard, Subscription, find_place
from plugins.red_property import queries
from plugins.red_property.service import proposals

RESULT_ANNOUNCED = "evaluation.result_announced"


def offer_for_result(event: Heard) -> None:
    """Propose the items that the method in force offers for a result, by the places' ranks."""
    method = queries.method_at(event.place, event.occurred_at)
    if method is None:
        return
    items = [item for item in queries.items(method.id) if item.offered_on == event.name]
    ranks = dict(zip(map(UUID, event.data["places"]), event.data["ranks"], strict=True))
    proposals.offer(
        event.actor,
        find_place(queries.district_code(event.place)),
        event.id,
        items,
        ranks,
        date.fromisoformat(event.data["ends_on"]),
        event.data["title"],
    )


SUBSCRIPTIONS = (Subscription("offer_for_result", RESULT_ANNOUNCED, offer_for_result),)
