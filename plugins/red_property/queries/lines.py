"""Entries of the ledger as people read them: with item, place, company, and whether they count."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, func, select

from core.sdk import NotFound, Organisation, Page, Paging, Place, PlaceView, db, now, paged
from plugins.red_property import documents
from plugins.red_property.models import Ending, Entry, Method, MethodItem, MethodSection
from plugins.red_property.queries.methods import district_id, method_at
from plugins.red_property.queries.scores import counts_at

Why = Literal["expired", "revoked", "rectified", "not_yet", "other_method"]


@dataclass(frozen=True)
class Line:
    """An entry, and at a moment why it does not count, or ``None``.

    ``section`` is the key of the section that it was entered in, ``place`` where it happened, and
    ``ending`` what ended it, if that had happened by then.
    """

    entry: Entry
    item: MethodItem
    section: str
    organisation_name: str
    place: PlaceView | None
    ending: Ending | None
    why: Why | None


@dataclass(frozen=True)
class Counting:
    """When lines are looked at, and the method in force then with its sections' keys."""

    moment: datetime
    method: Method | None
    sections: Collection[str]

    @classmethod
    def at(cls, method: Method | None, moment: datetime) -> Counting:
        sections = documents.sections_of(method.document) if method is not None else ()
        return cls(moment, method, {section.key for section in sections})

    def line(self, row: Any) -> Line:
        """Make a line of a row of :func:`rows`."""
        ending = row.Ending
        if ending is not None and ending.ended_at > self.moment:
            ending = None
        return Line(
            row.Entry,
            row.MethodItem,
            row.section,
            row.organisation_name,
            row.Place.view if row.Place is not None else None,
            ending,
            self._why(row.Entry, ending, row.method_key, row.section),
        )

    def _why(
        self, entry: Entry, ending: Ending | None, method_key: str, section: str
    ) -> Why | None:
        if ending is not None:
            return ending.kind
        if entry.valid_from > self.moment:
            return "not_yet"
        if entry.valid_until is not None and entry.valid_until <= self.moment:
            return "expired"
        if self.method is None or method_key != self.method.key or section not in self.sections:
            return "other_method"
        return None


def rows() -> Select[*tuple[Any, ...]]:
    """Return the statement of entries with all that a line needs, the latest first."""
    return (
        select(
            Entry,
            MethodItem,
            Ending,
            Place,
            MethodSection.key.label("section"),
            Method.key.label("method_key"),
            Organisation.name.label("organisation_name"),
        )
        .join(MethodItem, MethodItem.id == Entry.item_id)
        .join(MethodSection, MethodSection.id == MethodItem.section_id)
        .join(Method, Method.id == Entry.method_id)
        .join(Organisation, Organisation.id == Entry.organisation_id)
        .outerjoin(Ending, Ending.entry_id == Entry.id)
        .outerjoin(Place, Place.id == Entry.about_place_id)
        .order_by(Entry.entered_at.desc(), Entry.number.desc())
    )


def entries(place: PlaceView, organisation_id: UUID, paging: Paging) -> Page[Line]:
    """Return all entries of a company as they stand now, the latest first."""
    moment = now()
    counting = Counting.at(method_at(place, moment), moment)
    query = rows().where(
        Entry.organisation_id == organisation_id, Entry.place_id == district_id(place)
    )
    page = paged(query, paging)
    return Page([counting.line(row) for row in page.rows], page.total, page.number, page.size)


def entry(place: PlaceView, entry_id: UUID) -> Line:
    """Return one entry as it stands now.

    Raises:
        NotFound: the district of ``place`` has no such entry.
    """
    query = rows().where(Entry.id == entry_id, Entry.place_id == district_id(place))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    moment = now()
    return Counting.at(method_at(place, moment), moment).line(row)


def entered(place: PlaceView, entry_id: UUID, organisation_id: UUID, item_id: UUID) -> Entry | None:
    """Return the entry of this id if it is this item's, for this company, at this district."""
    query = select(Entry).where(
        Entry.id == entry_id,
        Entry.place_id == place.id,
        Entry.organisation_id == organisation_id,
        Entry.item_id == item_id,
    )
    found: Entry | None = db.session.execute(query).scalar_one_or_none()
    return found


def expiring(place: PlaceView, moment: datetime, until: datetime) -> int:
    """Count the district's entries that count at a moment and expire by ``until``."""
    query = select(func.count(Entry.id)).where(
        Entry.place_id == district_id(place), counts_at(moment), Entry.valid_until <= until
    )
    return db.session.execute(query).scalar_one()
