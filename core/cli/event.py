"""``linli event``: events that did not arrive."""

from __future__ import annotations

from uuid import UUID

import click

from core.cli.context import ACTOR, in_tenant, json_option, place_at, show, table
from core.events import queries, service
from core.paging import Paging

SHOWN = 500


@click.group()
def event() -> None:
    """Look at events that did not arrive, and have them delivered again."""


@event.command("list")
@click.argument("district")
@click.option("--state", type=click.Choice(("dead", "waiting")), help="Only these.")
@json_option
def list_(district: str, state: str | None, as_json: bool) -> None:
    """List deliveries of DISTRICT, or of one of its places, that are not done."""
    with in_tenant(district):
        page = queries.undelivered(place_at(district).code, Paging(size=SHOWN), state=state or "")
    rows = [
        {
            "delivery": str(row.id),
            "event": row.event,
            "occurred_at": row.occurred_at.isoformat(timespec="seconds"),
            "place": row.place_code,
            "subscriber": row.subscriber,
            "state": row.state,
            "attempts": row.attempts,
            "error": row.reason,
        }
        for row in page.rows
    ]
    table(rows, as_json, "Every event was delivered.")


@event.command()
@click.argument("district")
@click.option("--delivery", type=click.UUID, help="Only this one, as `list` shows it.")
@json_option
def replay(district: str, delivery: UUID | None, as_json: bool) -> None:
    """Have dead deliveries of DISTRICT, or of one of its places, tried again."""
    with in_tenant(district):
        place = place_at(district).view
        if delivery is None:
            number = service.replay_dead(ACTOR, place)
        else:
            service.replay(ACTOR, place, delivery)
            number = 1
    show({"replayed": number}, as_json, f"Tried again: {number}.")
