"""What Red property hands out and erases when a person or a community asks.

It keeps who entered and who ended an item, as accounts' ids, whose names are core's. The ledger is
the district's record about companies, so a community's erasure leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select

from core.sdk import (
    Actor,
    Counts,
    PersonalDataHandlers,
    PlaceView,
    Section,
    Subject,
    account_of,
    db,
)
from plugins.red_property.models import Ending, Entry, Proposal
from plugins.red_property.texts import _

ENTRIES, ENDINGS, PROPOSALS = (
    "red_property.entries",
    "red_property.endings",
    "red_property.proposals",
)
_TITLES: Mapping[str, Any] = {
    ENTRIES: _("Items entered"),
    ENDINGS: _("Items ended"),
    PROPOSALS: _("Proposed items"),
}


def export_person(subject: Subject) -> Sequence[Section]:
    """Return what the person entered and ended."""
    account = account_of(subject)
    if account is None:
        return ()
    return (
        _section(ENTRIES, _all(Entry, Entry.entered_by == account)),
        _section(ENDINGS, _all(Ending, Ending.ended_by == account)),
    )


def erase_person(_actor: Actor, _subject: Subject) -> Counts:
    """Erase nothing: with the account, core erases the name that its id stood for."""
    return {}


def export_community(place: PlaceView) -> Sequence[Section]:
    """Return what was proposed because of the community and is not in the ledger."""
    return (_section(PROPOSALS, _all(Proposal, _unaccepted_of(place))),)


def erase_community(_actor: Actor, place: PlaceView) -> Counts:
    """Delete what was proposed because of the community and is not in the ledger."""
    gone = db.session.execute(delete(Proposal).where(_unaccepted_of(place)).returning(Proposal.id))
    return {PROPOSALS: len(gone.all())}


HANDLERS = PersonalDataHandlers(export_person, erase_person, export_community, erase_community)


def _unaccepted_of(place: PlaceView) -> Any:
    return (Proposal.about_place_id == place.id) & Proposal.entry_id.is_(None)


def _all(model: Any, condition: Any) -> Sequence[Any]:
    return db.session.execute(select(model).where(condition).order_by(model.id)).scalars().all()


def _section(key: str, found: Iterable[Any]) -> Section:
    return Section(key, _TITLES[key], [_row(row) for row in found])


def _row(found: Any) -> Mapping[str, Any]:
    return {
        column.name: _json(getattr(found, column.name))
        for column in found.__table__.columns
        if column.name != "tenant_id"
    }


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)
