"""What the address asks for: a past day, and a level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core.sdk import (
    NotFound,
    PageContext,
    PlaceView,
    ServiceArea,
    day_begins,
    local,
    now,
    service_areas,
    today,
)
from plugins.red_property import queries
from plugins.red_property.texts import _

Areas = Sequence[tuple[ServiceArea, PlaceView]]


@dataclass(frozen=True)
class AsOf:
    """The moment that a page is about: the end of a past ``day``, else now.

    ``refused`` says that something else than a past day was asked for.
    """

    day: date | None
    moment: datetime
    refused: bool = False

    @property
    def kept(self) -> Mapping[str, str]:
        """What further addresses carry along."""
        return {"as_of": self.day.isoformat()} if self.day else {}


def asked_as_of(ctx: PageContext) -> AsOf:
    """Read ``?as_of=``; what is no day, or no past one, means now."""
    given = ctx.query.get("as_of", "").strip()
    try:
        day = date.fromisoformat(given)
    except ValueError:
        return AsOf(None, now(), refused=bool(given))
    if day >= today():
        return AsOf(None, now(), refused=day > today())
    return AsOf(day, day_begins(day + timedelta(days=1)) - timedelta(microseconds=1))


@dataclass(frozen=True)
class Looked:
    """A company as it was at the moment asked for.

    ``missed`` is a day that was asked for on which it was not known here yet; then this is now.
    """

    asked: AsOf
    missed: date | None
    areas: Areas
    receipt: queries.Receipt


def look(ctx: PageContext, organisation_id: UUID) -> Looked:
    """Return a company with where it serves here and its receipt.

    Raises:
        NotFound: there is none, or it does not serve this place.
    """
    asked = asked_as_of(ctx)
    try:
        return Looked(asked, None, *_at(ctx, organisation_id, asked))
    except NotFound:
        if asked.day is None:
            raise
    at_present = AsOf(None, now())
    return Looked(at_present, asked.day, *_at(ctx, organisation_id, at_present))


def present(ctx: PageContext, organisation_id: UUID) -> tuple[Areas, queries.Receipt]:
    """Return where a company serves here today, and its receipt as it stands.

    Raises:
        NotFound: there is none, or it does not serve this place.
    """
    areas, receipt = _at(ctx, organisation_id, AsOf(None, now()))
    on = local(receipt.moment).date()
    return [(area, place) for area, place in areas if holds(area, on)], receipt


def _at(ctx: PageContext, organisation_id: UUID, asked: AsOf) -> tuple[Areas, queries.Receipt]:
    areas = areas_here(ctx, organisation_id, asked)
    return areas, queries.receipt(ctx.trail[0], organisation_id, asked.moment)


def areas_here(ctx: PageContext, organisation_id: UUID, asked: AsOf) -> Areas:
    """Return where a company serves, as far as this place is concerned.

    Raises:
        NotFound: this is not the district, and the company did not serve here on the day asked for.
    """
    if ctx.place.kind == "district":
        return service_areas(organisation_id)
    areas = service_areas(organisation_id, ctx.place)
    on = local(asked.moment).date()
    if not any(holds(area, on) for area, _place in areas):
        raise NotFound()
    return areas


def holds(area: ServiceArea, on: date) -> bool:
    """Say whether a company served there on that day."""
    return area.served_from <= on and (area.served_to is None or on <= area.served_to)


def level_names(shares: Sequence[queries.Share]) -> Sequence[tuple[str, Any]]:
    """Return the levels to filter by, with those that have none."""
    named = [(share.level_key, share.level_title) for share in shares if share.level_key]
    return (*named, (queries.NOT_GRADED, _("Not graded yet")))
