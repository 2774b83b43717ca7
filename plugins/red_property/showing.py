"""How points, levels and days are written for people."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.sdk import local
from plugins.red_property.models import MethodItem
from plugins.red_property.queries import Grade, Receipt, Share
from plugins.red_property.reading import ReadItem
from plugins.red_property.rules import points


def exact(hundredths: int) -> Decimal:
    """Return points as a number with two decimals."""
    return Decimal(hundredths).scaleb(-2)


def signed(hundredths: int) -> str:
    """Return points that are added or taken away, with their sign."""
    return points(hundredths) if hundredths < 0 else f"+{points(hundredths)}"


def span_of_points(item: MethodItem | ReadItem) -> str:
    """Return what an item may be worth: ``5.00``, or ``1.00–5.00``."""
    least = points(item.least)
    return least if item.least == item.most else f"{least}–{points(item.most)}"


def worth(sign: int, item: MethodItem | ReadItem) -> str:
    """Return what an item adds to a score, or takes away."""
    span = span_of_points(item)
    return f"{'−' if sign < 0 else '+'}{span}" if item.most else span


def sum_line(receipt: Receipt) -> str:
    """Return how a score came, in one line: ``82.50 = 80.00 + 7.50 − 5.00``."""
    parts = [receipt.start] if receipt.start else []
    parts += [section.sign * section.counted for section in receipt.sections]
    line = points(parts[0]) if parts else points(0)
    for part in parts[1:]:
        line += f" {'−' if part < 0 else '+'} {points(abs(part))}"
    return f"{points(receipt.grade.score)} = {line}"


def tone(graded: Grade | Share) -> str:
    """Return the kind of mark that a level gets.

    Green for the best, blue between, amber for the lowest that a score leads to, red by veto, grey
    without a grade.
    """
    if graded.level_key is None:
        return "draft"
    vetoed = isinstance(graded, Grade) and graded.vetoed
    if vetoed or not graded.level_by_score:
        return "overdue"
    if graded.level_position == 1:
        return "done"
    return "due" if graded.level_from is None else "running"


def needed_section(receipt: Receipt) -> str:
    """Return the title of the section without whose items the method does not grade, if any."""
    needed = receipt.method.needs_section if receipt.method else None
    return next((one.title for one in receipt.sections if one.key == needed), "")


def first_day(valid_from: datetime) -> date:
    """Return the first day, by the district's calendar, on which an item counts."""
    return local(valid_from).date()


def last_day(valid_until: datetime) -> date:
    """Return the last day, by the district's calendar, on which an item counts."""
    return local(valid_until - timedelta(microseconds=1)).date()


HELPERS: dict[str, Any] = {
    "points": points,
    "signed": signed,
    "span_of_points": span_of_points,
    "worth": worth,
    "sum_line": sum_line,
    "tone": tone,
    "needed_section": needed_section,
    "first_day": first_day,
    "last_day": last_day,
}
"""What every template of this plugin may use."""
