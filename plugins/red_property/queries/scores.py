"""The score of every company at a moment, as one statement.

What counts at a moment was entered by then, is valid then and was not ended by then. It counts in
the section of the same key of the method in force, when it was entered under a version of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from core.sdk import Organisation
from plugins.red_property import documents
from plugins.red_property.models import Ending, Entry, Method, MethodItem, MethodSection
from plugins.red_property.rules import Level

COMPANY: Final = "property_company"


def counts_at(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that an :class:`Entry` was known, valid and not ended at a moment."""
    ended = exists().where(Ending.entry_id == Entry.id, Ending.ended_at <= moment)
    return and_(
        Entry.entered_at <= moment,
        Entry.valid_from <= moment,
        or_(Entry.valid_until.is_(None), Entry.valid_until > moment),
        ~ended.correlate(Entry),
    )


def is_company(moment: datetime) -> ColumnElement[bool]:
    """Return the condition that an :class:`Organisation` was there to be graded at a moment.

    Property companies are, and whoever has an entry, so that no entry ever drops out of sight.
    """
    entered = exists().where(Entry.organisation_id == Organisation.id, Entry.entered_at <= moment)
    return and_(
        Organisation.created_at <= moment,
        or_(Organisation.kind == COMPANY, entered.correlate(Organisation)),
    )


def scores(
    method: Method, moment: datetime, companies: Collection[UUID] | None = None
) -> Select[*tuple[Any, ...]]:
    """Return the score of every company that was registered by then, and the level it makes.

    Args:
        companies: only of these; said to the ledger too, so that only their entries are read.

    Columns: ``id``, ``name``, ``credit_code``, ``score`` (hundredths), ``vetoed``, ``graded``, and
    ``level``, the position of the level, null where a company is not graded.
    """
    totals = _totals(method, moment, companies)
    score = literal(method.start, BigInteger) + func.coalesce(totals.c.points, 0)
    vetoed = func.coalesce(totals.c.vetoed, false())
    graded = vetoed | func.coalesce(totals.c.complete, method.needs_section is None)
    query = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.credit_code,
            score.label("score"),
            vetoed.label("vetoed"),
            graded.label("graded"),
            _level(documents.levels_of(method.document), method, score, vetoed, graded).label(
                "level"
            ),
        )
        .outerjoin(totals, totals.c.organisation_id == Organisation.id)
        .where(is_company(moment))
    )
    return query if companies is None else query.where(Organisation.id.in_(companies))


def unscored(
    moment: datetime, companies: Collection[UUID] | None = None
) -> Select[*tuple[Any, ...]]:
    """Return the same columns for the same companies where no method grades them."""
    query = select(
        Organisation.id,
        Organisation.name,
        Organisation.credit_code,
        literal(0, BigInteger).label("score"),
        false().label("vetoed"),
        false().label("graded"),
        cast(null(), Integer).label("level"),
    ).where(is_company(moment))
    return query if companies is None else query.where(Organisation.id.in_(companies))


def _totals(method: Method, moment: datetime, companies: Collection[UUID] | None) -> Subquery:
    """Per company: what its sections add up to, and whether it is vetoed and complete."""
    item = _items(method)
    theirs = true() if companies is None else Entry.organisation_id.in_(companies)
    sums = (
        select(
            Entry.organisation_id,
            item.c.section,
            func.sum(Entry.points).label("points"),
            func.bool_or(item.c.veto).label("vetoed"),
        )
        .join(item, item.c.id == Entry.item_id)
        .where(counts_at(moment), theirs)
        .group_by(Entry.organisation_id, item.c.section)
        .subquery("sums")
    )
    sections = documents.sections_of(method.document)
    counted = {
        position: section.sign * _capped(sums.c.points, section.cap)
        for position, section in enumerate(sections, 1)
    }
    needed = [n for n, section in enumerate(sections, 1) if section.key == method.needs_section]
    return (
        select(
            sums.c.organisation_id,
            cast(func.sum(case(counted, value=sums.c.section)), BigInteger).label("points"),
            func.bool_or(sums.c.vetoed).label("vetoed"),
            func.bool_or(sums.c.section == needed[0] if needed else literal(True)).label(
                "complete"
            ),
        )
        .group_by(sums.c.organisation_id)
        .subquery("totals")
    )


def _capped(points: ColumnElement[int], cap: int | None) -> ColumnElement[int]:
    return points if cap is None else func.least(points, cap)


def _items(method: Method) -> Subquery:
    """Items of all versions of a method, each with the section in force that it counts in."""
    version, written, current = aliased(Method), aliased(MethodSection), aliased(MethodSection)
    return (
        select(MethodItem.id, MethodItem.veto, current.position.label("section"))
        .join(version, version.id == MethodItem.method_id)
        .join(written, written.id == MethodItem.section_id)
        .join(current, current.key == written.key)
        .where(
            version.key == method.key,
            version.place_id == method.place_id,
            current.method_id == method.id,
        )
        .subquery("item")
    )


def _level(
    levels: Sequence[Level],
    method: Method,
    score: ColumnElement[int],
    vetoed: ColumnElement[bool],
    graded: ColumnElement[bool],
) -> ColumnElement[int | None]:
    veto = next(level.position for level in levels if level.key == method.veto_level)
    reached = [level for level in levels if level.by_score]
    steps: list[Any] = [(score >= level.from_score, level.position) for level in reached[:-1]]
    return case((vetoed, veto), (~graded, None), *steps, else_=reached[-1].position)
