"""The receipt of a grade: every entry, what counts of it, and how it adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.sdk import PlaceView, db
from plugins.red_property import documents, rules
from plugins.red_property.models import Entry, Method
from plugins.red_property.queries.grades import Grade, company, grade_at, ungraded
from plugins.red_property.queries.lines import Counting, Line, rows
from plugins.red_property.queries.methods import method_at


@dataclass(frozen=True)
class ReceiptSection:
    """A section of a receipt: ``sum`` of its lines, and what the cap leaves of it.

    ``counted`` is to be added to the score, or taken from it, by ``sign``.
    """

    key: str
    title: str
    sign: int
    cap: int | None
    sum: int
    counted: int
    lines: Sequence[Line]


@dataclass(frozen=True)
class Receipt:
    """How a grade came about: ``start`` and the sections make exactly the grade's score.

    ``not_counting`` are entries known then that do not count, each with why. Without a method in
    force, ``method`` is ``None`` and nothing counts.
    """

    method: Method | None
    moment: datetime
    grade: Grade
    start: int
    sections: Sequence[ReceiptSection]
    not_counting: Sequence[Line]


def receipt(place: PlaceView, organisation_id: UUID, moment: datetime) -> Receipt:
    """Return the receipt of a company's grade at an aware ``moment``, in three statements.

    Args:
        place: anywhere in the district whose method grades.

    Raises:
        NotFound: the district has no such property company, or had none yet.
    """
    organisation = company(organisation_id, moment)
    method = method_at(place, moment)
    counting = Counting.at(method, moment)
    query = rows().where(Entry.organisation_id == organisation_id, Entry.entered_at <= moment)
    lines = [counting.line(row) for row in db.session.execute(query)]
    not_counting = [line for line in lines if line.why is not None]
    grade = ungraded(organisation)
    if method is None:
        return Receipt(None, moment, grade, 0, (), not_counting)
    counted = [line for line in lines if line.why is None]
    sections = [_section(one, counted) for one in documents.sections_of(method.document)]
    return Receipt(
        method,
        moment,
        _grade(grade, method, counted, sections),
        method.start,
        sections,
        not_counting,
    )


def without(receipt: Receipt, entry_id: UUID) -> Grade | None:
    """Return the grade that a receipt would make without one entry; None when it does not count."""
    lines = [line for section in receipt.sections for line in section.lines]
    rest = [line for line in lines if line.entry.id != entry_id]
    if receipt.method is None or len(rest) == len(lines):
        return None
    sections = [_section(one, rest) for one in documents.sections_of(receipt.method.document)]
    return _grade(receipt.grade, receipt.method, rest, sections)


def _section(section: rules.Section, counted: Sequence[Line]) -> ReceiptSection:
    lines = [line for line in counted if line.section == section.key]
    total = sum(line.entry.points for line in lines)
    return ReceiptSection(
        section.key,
        section.title,
        section.sign,
        section.cap,
        total,
        section.counted(total),
        lines,
    )


def _grade(
    grade: Grade, method: Method, counted: Sequence[Line], sections: Sequence[ReceiptSection]
) -> Grade:
    score = method.start + sum(section.sign * section.counted for section in sections)
    vetoed = any(line.item.veto for line in counted)
    needed = method.needs_section
    graded = vetoed or needed is None or any(line.section == needed for line in counted)
    levels = documents.levels_of(method.document)
    level = None
    if vetoed:
        level = next(one for one in levels if one.key == method.veto_level)
    elif graded:
        level = rules.level_of(levels, score)
    return grade_at(
        grade.organisation_id,
        grade.name,
        grade.credit_code,
        score,
        vetoed=vetoed,
        graded=graded,
        level=level,
    )
