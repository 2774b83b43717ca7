"""What a person changed on a page of scores, told apart from what only stood there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugins.evaluation.rules import LARGEST_ENTRY
from plugins.evaluation.texts import _

PREFIX = "shown-"
"""Before the name of a field: the hidden one that says what the page showed in it."""


@dataclass(frozen=True)
class Changed:
    """Values that a person changed with what was shown there, and what cannot be, by key."""

    values: dict[str, int]
    shown: dict[str, int | None]
    emptied: dict[str, list[Any]]


def as_shown(values: Mapping[str, int]) -> dict[str, str]:
    """Return the entries of the hidden fields, by the names of the fields that they are about."""
    return {name: str(value) for name, value in values.items()}


def sent_shown(form: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return what the page says it showed, by field; what is no entry is as if nothing stood."""
    sent = {name: form.get(f"{PREFIX}{name}", "") for name in names}
    return {name: text for name, text in sent.items() if _number(text) is not None}


def changed(
    typed: Mapping[str, int | None],
    shown: Mapping[str, str],
    prefix: str,
    with_remarks: Iterable[str] = (),
) -> Changed:
    """Return what was changed of the values that were typed, by key.

    Args:
        shown: what the page showed, by field.
        prefix: of the fields, before the key.
        with_remarks: keys whose remark was changed, so that they count as changed.
    """
    found = Changed({}, {}, {})
    for key, value in typed.items():
        before = _number(shown.get(f"{prefix}{key}", ""))
        if value is None:
            if before is not None:
                reason = _("What was entered cannot be emptied; enter another value.")
                found.emptied[f"{prefix}{key}"] = [reason]
        elif value != before or key in with_remarks:
            found.values[key], found.shown[key] = value, before
    return found


def shown_again(
    shown: Mapping[str, str], stands: Mapping[str, int], refused: Iterable[str]
) -> dict[str, str]:
    """Return what a refused page shows: where somebody else entered meanwhile, what stands now."""
    return dict(shown) | {name: str(stands[name]) for name in refused if name in stands}


def _number(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST_ENTRY))):
        return None
    return int(text)
