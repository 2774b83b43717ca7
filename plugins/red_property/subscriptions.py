"""What Red property hears of other plugins: an announced result may be a reason for an item."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from core.sdk import Heard, Subscription, find_place, now
from plugins.red_property import queries
from plugins.red_property.documents import RESULT_ANNOUNCED
from plugins.red_property.service import proposals


def offer_for_result(event: Heard) -> None:
    """Propose the items that the method in force now offers for a result, by the places' ranks.

    A place that was vetoed gives no reason for one, whatever its rank.
    """
    method = queries.method_at(event.place, now())
    if method is None:
        return
    items = [item for item in queries.items(method.id) if item.offered_on == event.name]
    told = zip(event.data["places"], event.data["ranks"], event.data["vetoed"], strict=True)
    ranks = {UUID(place): rank for place, rank, vetoed in told if not vetoed}
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
