"""Reads of proposed items."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from core.sdk import NotFound, Organisation, Page, Paging, Place, PlaceView, db, paged
from plugins.red_property.models import MethodItem, Proposal
from plugins.red_property.queries.methods import district_id


@dataclass(frozen=True)
class Offered:
    """A proposal with its company, the place that gave reason for it, and its item."""

    proposal: Proposal
    organisation_name: str
    place: PlaceView
    item: MethodItem


def proposals(place: PlaceView, state: str, paging: Paging) -> Page[Offered]:
    """Return the proposals of the district of ``place`` in one state; any with an empty one.

    Those that wait longest come first, of the decided ones the latest.
    """
    query = _offered(place)
    if state:
        query = query.where(Proposal.state == state)
    waiting_first = (
        (Proposal.offered_at, Proposal.id)
        if state == "waiting"
        else (Proposal.offered_at.desc(), Proposal.id.desc())
    )
    page = paged(query.order_by(*waiting_first), paging)
    return Page([_view(row) for row in page.rows], page.total, page.number, page.size)


def proposal(place: PlaceView, proposal_id: UUID) -> Offered:
    """Return one proposal.

    Raises:
        NotFound: the district of ``place`` has no such proposal.
    """
    row = db.session.execute(_offered(place).where(Proposal.id == proposal_id)).one_or_none()
    if row is None:
        raise NotFound()
    return _view(row)


def waiting_count(place: PlaceView) -> int:
    """Count the proposals of the district of ``place`` that wait for a decision."""
    query = select(func.count(Proposal.id)).where(
        Proposal.place_id == district_id(place), Proposal.state == "waiting"
    )
    return db.session.execute(query).scalar_one()


def _offered(place: PlaceView) -> Select[*tuple[Any, ...]]:
    return (
        select(Proposal, Organisation.name, Place, MethodItem)
        .join(Organisation, Organisation.id == Proposal.organisation_id)
        .join(Place, Place.id == Proposal.about_place_id)
        .join(MethodItem, MethodItem.id == Proposal.item_id)
        .where(Proposal.place_id == district_id(place))
    )


def _view(row: Any) -> Offered:
    return Offered(row.Proposal, row.name, row.Place.view, row.MethodItem)
