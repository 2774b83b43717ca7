"""Reads of grades: every company's at a moment, one company's, and how many have which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from core.sdk import (
    NotFound,
    Organisation,
    Page,
    Paging,
    PlaceView,
    db,
    local,
    organisations_serving,
    paged,
)
from plugins.red_property import documents
from plugins.red_property.models import Method
from plugins.red_property.queries.methods import method_at
from plugins.red_property.queries.scores import is_company, scores, unscored
from plugins.red_property.rules import Level

NOT_GRADED = "none"


@dataclass(frozen=True)
class Grade:
    """A company's score, in hundredths, and the level that it makes.

    Without a method, or without what the method needs of every company, it is not graded and has
    no level. Whoever is vetoed is graded in any case.
    """

    organisation_id: UUID
    name: str
    credit_code: str | None
    score: int
    vetoed: bool
    graded: bool
    level_key: str | None = None
    level_title: str | None = None
    level_position: int | None = None
    level_by_score: bool | None = None
    level_from: int | None = None


@dataclass(frozen=True)
class Share:
    """How many companies have a level; without one, how many are not graded."""

    count: int
    level_key: str | None = None
    level_title: str | None = None
    level_position: int | None = None
    level_by_score: bool | None = None
    level_from: int | None = None


@dataclass(frozen=True)
class Overview:
    """A district's companies at a moment: the method in force, how many have which level, a page.

    ``level`` is the level that was asked for, empty when it is none of the method's.
    """

    method: Method | None
    shares: Sequence[Share]
    level: str
    page: Page[Grade]


def overview(
    place: PlaceView,
    moment: datetime,
    *,
    within: PlaceView | None = None,
    paging: Paging,
    search: str = "",
    level: str = "",
) -> Overview:
    """Return the companies with their grades, and how many have which level; see :func:`grades`.

    A ``level`` that the method does not have asks for all.
    """
    method = method_at(place, moment)
    query = _scores(method, moment, within)
    shares = _shares(method, query)
    counts = {share.level_key or NOT_GRADED: share.count for share in shares}
    asked = level if level in counts else ""
    total = None if search else counts[asked] if asked else sum(counts.values())
    return Overview(method, shares, asked, _page(method, query, paging, search, asked, total))


def grades(
    place: PlaceView,
    moment: datetime,
    *,
    within: PlaceView | None = None,
    paging: Paging,
    search: str = "",
    level: str = "",
) -> Page[Grade]:
    """Return the companies with their grades at an aware ``moment``, the best first.

    Args:
        place: anywhere in the district whose method grades.
        within: only companies that served it, or a place above or below it, on that day.
        search: only companies whose name holds it, or whose credit code begins with it.
        level: key of a level, ``none`` for those not graded, or empty for all.

    When no method was in force, nobody is graded.
    """
    method = method_at(place, moment)
    return _page(method, _scores(method, moment, within), paging, search, level)


def grade_of(place: PlaceView, organisation_id: UUID, moment: datetime) -> Grade:
    """Return one company's grade at an aware ``moment``.

    Args:
        place: anywhere in the district whose method grades.

    Raises:
        NotFound: the district has no such property company, or had none yet.
    """
    method = method_at(place, moment)
    if method is None:
        return ungraded(company(organisation_id, moment))
    row = db.session.execute(scores(method, moment, [organisation_id])).one_or_none()
    if row is None:
        raise NotFound()
    return _grade(row, documents.levels_of(method.document))


def distribution(
    place: PlaceView, moment: datetime, within: PlaceView | None = None
) -> Sequence[Share]:
    """Return how many companies have each level at a moment, best first, and how many have none."""
    method = method_at(place, moment)
    return _shares(method, _scores(method, moment, within))


def company(organisation_id: UUID, moment: datetime) -> Organisation:
    """Return a property company that was registered by then, or whoever had an entry by then.

    Raises:
        NotFound: the district has none with this id, or had none yet.
    """
    query = select(Organisation).where(Organisation.id == organisation_id, is_company(moment))
    found: Organisation | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def ungraded(organisation: Organisation) -> Grade:
    """Return the grade of a company where no method is in force."""
    return grade_at(
        organisation.id, organisation.name, organisation.credit_code, 0, vetoed=False, graded=False
    )


def grade_at(
    organisation_id: UUID,
    name: str,
    credit_code: str | None,
    score: int,
    *,
    vetoed: bool,
    graded: bool,
    level: Level | None = None,
) -> Grade:
    """Return the grade of a company that reached ``level``."""
    head = (organisation_id, name, credit_code, score, vetoed, graded)
    if level is None:
        return Grade(*head)
    return Grade(*head, level.key, level.title, level.position, level.by_score, level.from_score)


def _scores(
    method: Method | None, moment: datetime, within: PlaceView | None
) -> Select[*tuple[Any, ...]]:
    only = None
    if within is not None and within.kind != "district":
        serving = organisations_serving(within, local(moment).date())
        only = {one.organisation.id for one in serving}
    return scores(method, moment, only) if method is not None else unscored(moment, only)


def _shares(method: Method | None, scored: Select[*tuple[Any, ...]]) -> Sequence[Share]:
    found = scored.subquery("found")
    query = select(found.c.level, func.count()).group_by(found.c.level)
    counts: Mapping[int | None, int] = dict(iter(db.session.execute(query)))
    shares = [
        Share(
            counts.get(one.position, 0),
            one.key,
            one.title,
            one.position,
            one.by_score,
            one.from_score,
        )
        for one in _levels(method)
    ]
    return (*shares, Share(counts.get(None, 0)))


def _page(
    method: Method | None,
    scored: Select[*tuple[Any, ...]],
    paging: Paging,
    search: str,
    level: str,
    total: int | None = None,
) -> Page[Grade]:
    levels = _levels(method)
    if search:
        named = Organisation.name.icontains(search, autoescape=True)
        coded = Organisation.credit_code.startswith(search.upper(), autoescape=True)
        scored = scored.where(named | coded)
    found = scored.subquery("found")
    listed = select(found).order_by(
        found.c.level.asc().nulls_last(), found.c.score.desc(), found.c.name, found.c.id
    )
    if level == NOT_GRADED:
        listed = listed.where(found.c.level.is_(None))
    elif level:
        positions = [one.position for one in levels if one.key == level]
        listed = listed.where(found.c.level.in_(positions))
    page = paged(listed, paging, total)
    return Page([_grade(row, levels) for row in page.rows], page.total, page.number, page.size)


def _levels(method: Method | None) -> Sequence[Level]:
    return documents.levels_of(method.document) if method is not None else ()


def _grade(row: Any, levels: Sequence[Level]) -> Grade:
    return grade_at(
        row.id,
        row.name,
        row.credit_code,
        row.score,
        vetoed=row.vetoed,
        graded=row.graded,
        level=levels[row.level - 1] if row.level is not None else None,
    )
