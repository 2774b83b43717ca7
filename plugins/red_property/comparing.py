"""What a new version of a method changes against the one in force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from plugins.red_property import documents
from plugins.red_property.rules import points
from plugins.red_property.texts import _, texts


class Change(NamedTuple):
    """One thing that is different: empty where it is not there."""

    what: str
    before: str
    after: str


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Sequence[Change]:
    """Return what differs between two method documents, in reading order."""
    pairs = _compared(documents.read(old), documents.read(new))
    return [change for change in pairs if change.before != change.after]


def _compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    yield Change(str(_("Every company begins with")), points(old["start"]), points(new["start"]))
    yield Change(
        str(_("An item counts for")), _months(old["valid_months"]), _months(new["valid_months"])
    )
    yield Change(
        str(_("Graded only with items of")), old["needs_section"] or "", new["needs_section"] or ""
    )
    yield Change(str(_("A veto leads to")), old["veto_level"], new["veto_level"])
    for part, name, title, write in (
        ("sections", "key", "{title}", _section),
        ("levels", "key", "{title}", _level),
        ("items", "code", "{code} {text}", _item),
    ):
        yield from _rows(old[part], new[part], name, title, write)


def _rows(
    old: Sequence[Mapping[str, Any]],
    new: Sequence[Mapping[str, Any]],
    name: str,
    title: str,
    write: Any,
) -> Iterator[Change]:
    before = {row[name]: row for row in old}
    after = {row[name]: row for row in new}
    for key in {**before, **after}:
        yield Change(
            title.format_map(after.get(key) or before[key]),
            write(before[key]) if key in before else "",
            write(after[key]) if key in after else "",
        )


def _section(row: Mapping[str, Any]) -> str:
    sign = _("added") if row["sign"] > 0 else _("taken away")
    cap = _("at most %(points)s", points=points(row["cap"])) if row["cap"] else _("without a limit")
    return _joined(row["title"], sign, cap)


def _level(row: Mapping[str, Any]) -> str:
    if not row["by_score"]:
        return _joined(row["title"], _("by veto"))
    if row["from_score"] is None:
        return _joined(row["title"], _("all that is lower"))
    return _joined(row["title"], _("from %(points)s", points=points(row["from_score"])))


def _item(row: Mapping[str, Any]) -> str:
    least, most = row["points"]
    worth = points(least) if least == most else f"{points(least)}–{points(most)}"
    return _joined(
        row["text"],
        row["section"],
        worth,
        _("veto") if row["veto"] else "",
        _("until put right") if row["until_rectified"] else _months(row["valid_months"]),
        _("needs evidence") if row["evidence"] else "",
        row["article"],
        _("example") if row["example"] else "",
        _("offered at %(event)s to rank %(rank)s", event=offered["event"], rank=offered["to_rank"])
        if (offered := row["offered"])
        else "",
    )


def _months(count: int | None) -> str:
    return "" if count is None else str(texts.plural("%(num)s month", "%(num)s months", count))


def _joined(*parts: Any) -> str:
    return " · ".join(str(part) for part in parts if part)
