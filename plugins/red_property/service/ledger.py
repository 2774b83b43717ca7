"""Verbs about the ledger: enter an item for a company, and end an entry before its time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.sdk import (
    Actor,
    Conflict,
    Invalid,
    NotFound,
    Organisation,
    PlaceView,
    ServiceArea,
    Upload,
    day_begins,
    db,
    get_place,
    keep_file,
    local,
    new_id,
    now,
    serves,
    service_areas,
    shown_day,
    today,
)
from plugins.red_property import permissions as may
from plugins.red_property import queries, rules
from plugins.red_property.models import (
    ENDING_KINDS,
    Ending,
    EndingKind,
    Entry,
    Method,
    MethodItem,
)
from plugins.red_property.service.acts import act, one_at_a_time, refuse_blank
from plugins.red_property.texts import _


@dataclass(frozen=True)
class Entering:
    """What is to be entered: an item for a company, with its points in hundredths.

    ``occurred_on`` is the day of what happened, at ``about_place_id`` if it happened in one place.
    ``valid_from`` is the first day on which it counts; by default it counts from now on.
    """

    organisation_id: UUID
    item_id: UUID
    points: int
    occurred_on: date
    about_place_id: UUID | None
    basis: str
    evidence: Upload | None = None
    valid_from: date | None = None


def enter(
    actor: Actor,
    place: PlaceView,
    organisation_id: UUID,
    item_id: UUID,
    points: int,
    occurred_on: date,
    about_place_id: UUID | None,
    basis: str,
    evidence: Upload | None = None,
    valid_from: date | None = None,
    entry_id: UUID | None = None,
) -> Entry:
    """Enter an item for a company; return the entry.

    It counts from the beginning of ``valid_from`` by the district's calendar, by default from now,
    for the item's own term, else the method's (烟台 2022: a year where none is stated); what stands
    until rectified has no end.

    Args:
        place: the district.
        points: hundredths.
        occurred_on: the day of what happened, in the district.
        about_place_id: where it happened, if in one place that the company served that day.
        basis: what it rests on, for people to read.
        entry_id: the entry's id, made by whoever asks. Asked again for the same company and item,
            nothing is entered and the entry that is there is returned.

    Raises:
        Forbidden: the actor may not enter items there.
        Invalid: naming the field: ``organisation`` (no such property company), ``item`` (not of the
            method in force now), ``points`` (beyond the item's range), ``occurred_on`` (to come, or
            a day on which the company did not serve the place), ``about_place`` (never served by
            the company), ``basis`` (empty), ``evidence`` (needed and missing), ``valid_from``
            (before it happened).
        Conflict: no method is in force (field ``item``); or ``entry_id`` is another item's (field
            ``id``).
    """
    entering = Entering(
        organisation_id,
        item_id,
        points,
        occurred_on,
        about_place_id,
        basis,
        evidence,
        valid_from,
    )
    if entry_id is None:
        entry_id = new_id()
    elif actor.can(may.ITEM_ENTER, place):
        one_at_a_time(place)
        there = queries.entered(place, entry_id, organisation_id, item_id)
        if there is not None:
            return there
    with act(actor, may.ITEM_ENTER, place, "red_property.entry", entry_id) as attempt:
        actor.require(may.ITEM_ENTER, place)
        _refuse_taken(entry_id)
        entry = write(actor, place, entry_id, entering)
        attempt.after = summary(entry)
    return entry


def write(actor: Actor, place: PlaceView, entry_id: UUID, entering: Entering) -> Entry:
    """Add an entry inside a verb's attempt; raises as :func:`enter` does."""
    one_at_a_time(place)
    moment = now()
    method = queries.method_at(place, moment)
    if method is None:
        raise Conflict(_("No rating method is in force. Adopt one first."), field="item")
    item = _item(method, entering.item_id)
    _refuse_what_does_not_fit(item, entering)
    company = _company(entering.organisation_id)
    _refuse_unserved(company, entering)
    begins, ends = _validity(method, item, entering, moment)
    evidence = keep_file(place, rules.PLUGIN, entering.evidence) if entering.evidence else None
    number = db.session.execute(
        select(func.coalesce(func.max(Entry.number), 0) + 1).where(Entry.place_id == place.id)
    ).scalar_one()
    entry = Entry(
        id=entry_id,
        place_id=place.id,
        number=number,
        organisation_id=company.id,
        method_id=method.id,
        item_id=item.id,
        points=entering.points,
        occurred_on=entering.occurred_on,
        about_place_id=entering.about_place_id,
        valid_from=begins,
        valid_until=ends,
        basis=refuse_blank(entering.basis, "basis"),
        evidence_id=evidence.id if evidence is not None else None,
        entered_at=moment,
        entered_by=actor.id,
    )
    db.session.add(entry)
    db.session.flush()
    return entry


def end(actor: Actor, place: PlaceView, entry_id: UUID, kind: EndingKind, reason: str) -> Ending:
    """End an entry now: ``revoked`` because it was wrong, or ``rectified``; return the ending.

    What scores were before stays as it was.

    Args:
        place: the district.

    Raises:
        Forbidden: the actor may not end items there.
        NotFound: the district has no such entry.
        Invalid: an unknown kind, or ``rectified`` for an item that has a term (field ``kind``); no
            reason (field ``reason``).
        Conflict: it was ended before (field ``kind``), with when and how.
    """
    with act(actor, may.ITEM_END, place, "red_property.entry", entry_id) as attempt:
        actor.require(may.ITEM_END, place)
        if kind not in ENDING_KINDS:
            raise Invalid(_("Choose one of the list."), field="kind")
        one_at_a_time(place)
        until_rectified = _stands_until_rectified(place, entry_id)
        _refuse_second_ending(entry_id)
        if kind == "rectified" and not until_rectified:
            raise Invalid(_("This item stands for its term. It can only be revoked."), field="kind")
        ending = Ending(
            entry_id=entry_id,
            kind=kind,
            reason=refuse_blank(reason, "reason"),
            ended_at=now(),
            ended_by=actor.id,
        )
        db.session.add(ending)
        db.session.flush()
        attempt.after = {"kind": kind}
    return ending


def summary(entry: Entry) -> dict[str, Any]:
    """Return an entry for the audit log."""
    return {
        "number": entry.number,
        "organisation": str(entry.organisation_id),
        "item": str(entry.item_id),
        "points": entry.points,
    }


def _refuse_taken(entry_id: UUID) -> None:
    query = select(Entry.id).where(Entry.id == entry_id)
    if db.session.execute(query).first() is not None:
        raise Conflict(_("Another item was entered with this id. Open the form anew."), field="id")


def _item(method: Method, item_id: UUID) -> MethodItem:
    query = select(MethodItem).where(MethodItem.id == item_id, MethodItem.method_id == method.id)
    found: MethodItem | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise Invalid(_("This item is not of the method in force."), field="item")
    return found


def _refuse_what_does_not_fit(item: MethodItem, entering: Entering) -> None:
    wrong: dict[str, list[Any]] = {}
    if not item.least <= entering.points <= item.most:
        wrong["points"] = [_range(item)]
    if entering.occurred_on > today():
        wrong["occurred_on"] = [_("This day is still to come.")]
    elif entering.valid_from is not None and entering.valid_from < entering.occurred_on:
        wrong["valid_from"] = [_("It cannot count before it happened.")]
    if not entering.basis.strip():
        wrong["basis"] = [_("Please fill this in.")]
    if item.evidence_needed and entering.evidence is None:
        wrong["evidence"] = [_("This item needs evidence: a photo or a PDF.")]
    if wrong:
        raise Invalid(fields=wrong)


def _range(item: MethodItem) -> Any:
    least, most = rules.points(item.least), rules.points(item.most)
    if least == most:
        return _("This item is worth %(points)s points.", points=least)
    return _("This item is worth %(least)s to %(most)s points.", least=least, most=most)


def _company(organisation_id: UUID) -> Organisation:
    query = select(Organisation).where(
        Organisation.id == organisation_id, queries.is_company(now())
    )
    found: Organisation | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise Invalid(_("There is no such property company."), field="organisation")
    return found


def _refuse_unserved(company: Organisation, entering: Entering) -> None:
    """Refuse what happened in a place that the company did not serve then."""
    if entering.about_place_id is None:
        return
    try:
        about = get_place(entering.about_place_id)
    except NotFound:
        raise Invalid(_("There is no such place."), field="about_place") from None
    if serves(company.id, about, entering.occurred_on):
        return
    ever = service_areas(company.id, about)
    if not ever:
        raise Invalid(
            _("%(company)s never served %(place)s.", company=company.name, place=about.name),
            field="about_place",
        )
    raise Invalid(
        _(
            "%(company)s did not serve %(place)s on that day, but: %(days)s.",
            company=company.name,
            place=about.name,
            days=reduce(_and, (_days(area) for area, _served in ever)),
        ),
        field="occurred_on",
    )


def _days(area: ServiceArea) -> Any:
    first = shown_day(area.served_from)
    if area.served_to is None:
        return _("since %(day)s", day=first)
    return _("%(begin)s to %(end)s", begin=first, end=shown_day(area.served_to))


def _and(days: Any, more: Any) -> Any:
    return _("%(days)s; %(more)s", days=days, more=more)


def _validity(
    method: Method, item: MethodItem, entering: Entering, moment: datetime
) -> tuple[datetime, datetime | None]:
    """Return from when until before when an entry counts."""
    first = entering.valid_from or local(moment).date()
    begins = moment if entering.valid_from is None else day_begins(first)
    if item.until_rectified:
        return begins, None
    months = item.valid_months or method.valid_months
    return begins, day_begins(rules.day_after_term(first, months))


def _stands_until_rectified(place: PlaceView, entry_id: UUID) -> bool:
    query = (
        select(MethodItem.until_rectified)
        .join(Entry, Entry.item_id == MethodItem.id)
        .where(Entry.id == entry_id, Entry.place_id == place.id)
    )
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def _refuse_second_ending(entry_id: UUID) -> None:
    query = select(Ending).where(Ending.entry_id == entry_id)
    found: Ending | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        return
    day = shown_day(local(found.ended_at).date())
    message = (
        _("This entry was revoked already, on %(day)s.", day=day)
        if found.kind == "revoked"
        else _("This entry was marked as rectified already, on %(day)s.", day=day)
    )
    raise Conflict(message, field="kind")
