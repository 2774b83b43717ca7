"""A method as people read it, made from its document, whether it was adopted or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from plugins.red_property import documents
from plugins.red_property.rules import Level, Section


@dataclass(frozen=True)
class ReadItem:
    """An item of a method; ``least`` and ``most`` are hundredths."""

    code: str
    section: str
    text: str
    least: int
    most: int
    veto: bool
    valid_months: int | None
    until_rectified: bool
    evidence_needed: bool
    article: str
    example: bool


@dataclass(frozen=True)
class ReadMethod:
    """What a method says, in its order."""

    key: str
    title: str
    source: str
    start: int
    valid_months: int
    needs_section: str | None
    veto_level: str
    sections: Sequence[Section]
    levels: Sequence[Level]
    items: Sequence[ReadItem]

    def items_of(self, section: Section) -> Sequence[ReadItem]:
        """Return the items of one section."""
        return [item for item in self.items if item.section == section.key]


def read(document: Mapping[str, Any]) -> ReadMethod:
    """Return what a method document says.

    Raises:
        Invalid: with every mistake, by its path.
    """
    found = documents.read(document)
    return ReadMethod(
        key=found["key"],
        title=found["title"],
        source=found["source"],
        start=found["start"],
        valid_months=found["valid_months"],
        needs_section=found["needs_section"],
        veto_level=found["veto_level"],
        sections=documents.sections_of(document),
        levels=documents.levels_of(document),
        items=[_item(item) for item in found["items"]],
    )


def _item(item: Mapping[str, Any]) -> ReadItem:
    least, most = item["points"]
    return ReadItem(
        code=item["code"],
        section=item["section"],
        text=item["text"],
        least=least,
        most=most,
        veto=item["veto"],
        valid_months=item["valid_months"],
        until_rectified=item["until_rectified"],
        evidence_needed=item["evidence"],
        article=item["article"],
        example=item["example"],
    )
