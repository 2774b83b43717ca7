"""Verbs about proposed items: offer them for an event, accept or decline them.

Nothing enters the ledger because of an event alone: somebody accepts it, with points of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import (
    Actor,
    Conflict,
    NotFound,
    Place,
    PlaceView,
    Upload,
    db,
    new_id,
    now,
    organisations_serving,
    tenant_id,
    where_plugin_active,
)
from plugins.red_property import permissions as may
from plugins.red_property import queries, rules
from plugins.red_property.models import Entry, MethodItem, Proposal
from plugins.red_property.service import ledger
from plugins.red_property.service.acts import act, refuse_blank
from plugins.red_property.texts import _


def offer(
    actor: Actor,
    district: PlaceView,
    event_id: UUID,
    items: Sequence[MethodItem],
    ranks: Mapping[UUID, int],
    occurred_on: date,
    reason: str,
) -> int:
    """Propose items to the companies that served ranked places; return how many are new.

    An item is proposed for the places up to its rank in which the plugin is active now, once for
    each property company that served the place on that day, however often the event is told.

    Args:
        items: those of the method in force that the event offers.
        ranks: of places, by their id.
        occurred_on: the day for which the ranks hold.
    """
    furthest = max((item.offered_to_rank or 0 for item in items), default=0)
    places = _active({place for place, rank in ranks.items() if rank <= furthest})
    offered = [
        {
            "tenant_id": tenant_id(),
            "id": new_id(),
            "place_id": district.id,
            "event_id": event_id,
            "organisation_id": company,
            "about_place_id": place.id,
            "item_id": item.id,
            "occurred_on": occurred_on,
            "reason": reason,
            "offered_at": now(),
            "state": "waiting",
        }
        for place in places
        for company in _companies(place, occurred_on)
        for item in items
        if ranks[place.id] <= (item.offered_to_rank or 0)
    ]
    if not offered:
        return 0
    with act(actor, "red_property.proposal.offer", district, "red_property.event", event_id) as did:
        new = db.session.execute(
            insert(Proposal).values(offered).on_conflict_do_nothing().returning(Proposal.id)
        ).all()
        did.after = {"proposals": len(new)}
    return len(new)


def accept(
    actor: Actor,
    place: PlaceView,
    proposal_id: UUID,
    points: int,
    basis: str,
    evidence: Upload | None = None,
) -> Entry:
    """Enter a proposed item for its company; return the entry.

    When the method changed since, it is entered as the item of the same code in the new version.

    Args:
        place: the district.
        points: hundredths.

    Raises:
        Forbidden: the actor may not decide, or not enter items.
        NotFound: the district has no such proposal.
        Conflict: it was decided before; or the method in force no longer has the item (field
            ``item``).
        Invalid: naming the field, as :func:`ledger.enter` does.
    """
    with act(
        actor, "red_property.proposal.accept", place, "red_property.proposal", proposal_id
    ) as attempt:
        actor.require(may.PROPOSAL_DECIDE, place)
        actor.require(may.ITEM_ENTER, place)
        proposal = _waiting(place, proposal_id)
        entry = ledger.write(
            actor,
            place,
            new_id(),
            ledger.Entering(
                proposal.organisation_id,
                _current_item(place, proposal),
                points,
                proposal.occurred_on,
                proposal.about_place_id,
                basis,
                evidence,
            ),
        )
        proposal.state, proposal.decided_at, proposal.entry_id = "accepted", now(), entry.id
        db.session.flush()
        attempt.after = ledger.summary(entry) | {"entry": str(entry.id)}
    return entry


def decline(actor: Actor, place: PlaceView, proposal_id: UUID, reason: str) -> Proposal:
    """Decline a proposed item, with a reason that stays; return the proposal.

    Args:
        place: the district.

    Raises:
        Forbidden: the actor may not decide.
        NotFound: the district has no such proposal.
        Conflict: it was decided before.
        Invalid: no reason (field ``reason``).
    """
    with act(actor, "red_property.proposal.decline", place, "red_property.proposal", proposal_id):
        actor.require(may.PROPOSAL_DECIDE, place)
        proposal = _waiting(place, proposal_id)
        proposal.decision = refuse_blank(reason, "reason")
        proposal.state, proposal.decided_at = "declined", now()
        db.session.flush()
    return proposal


def _active(ids: set[UUID]) -> list[PlaceView]:
    """Return those of the places at which the plugin is active now."""
    found = db.session.execute(select(Place).where(Place.id.in_(ids))).scalars().all()
    active: set[UUID] = set()
    for kind in {place.kind for place in found}:
        condition = where_plugin_active(rules.PLUGIN, kind)
        query = select(Place.id).where(Place.id.in_(ids), Place.kind == kind, condition)
        active.update(db.session.execute(query).scalars())
    return sorted((place.view for place in found if place.id in active), key=lambda p: p.code)


def _companies(place: PlaceView, on: date) -> set[UUID]:
    """Return the companies that served a place, each once however many areas it has there."""
    return {one.organisation.id for one in organisations_serving(place, on, queries.COMPANY)}


def _waiting(place: PlaceView, proposal_id: UUID) -> Proposal:
    query = select(Proposal).where(Proposal.id == proposal_id, Proposal.place_id == place.id)
    found: Proposal | None = db.session.execute(query.with_for_update()).scalar_one_or_none()
    if found is None:
        raise NotFound()
    if found.state == "accepted":
        raise Conflict(_("This proposal was accepted already."))
    if found.state == "declined":
        raise Conflict(_("This proposal was declined already."))
    return found


def _current_item(place: PlaceView, proposal: Proposal) -> UUID:
    """Return the proposed item as the method in force has it."""
    method = queries.method_at(place, now())
    proposed: Any = db.session.get(MethodItem, (proposal.tenant_id, proposal.item_id))
    if method is None or proposed.method_id == method.id:
        return proposal.item_id
    wrote = queries.method(place, proposed.method_id)
    if wrote.key == method.key:
        query = select(MethodItem.id).where(
            MethodItem.method_id == method.id, MethodItem.code == proposed.code
        )
        found = db.session.execute(query).scalar_one_or_none()
        if found is not None:
            return found
    raise Conflict(
        _("The method in force no longer has this item. Decline the proposal."), field="item"
    )
