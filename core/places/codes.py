"""Codes of places: the official twelve digits, and what hangs below a community.

A code is an address. Parents are prefixes, so a subtree is a range of codes::

    510114                       district 区县       6 digits (GB/T 2260)
    510114001                    street 街道/镇      +3 digits
    510114001018                 community 社区/村   +3 digits
    510114001018G01              grid 网格           +G and 2
    510114001018G01M03           micro-grid 微网格   +M and 2
    510114001018C001             courtyard 小区/院落 +C and 3
    510114001018C001B012         building 楼栋       +B and 3, in a courtyard or right below
    510114001018C001B012E02      entrance 单元       +E and 2
    510114001018C001B012E02H1804 household 户        +H and 4, below any of the last three

The characters after a kind letter are digits and, when those run out, capital letters without
I and O. Widths are fixed, so no code is a prefix of another one's segment.
Structure of the official part: National Bureau of Statistics, division codes for statistics.
"""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal[
    "district",
    "street",
    "community",
    "grid",
    "micro_grid",
    "courtyard",
    "building",
    "entrance",
    "household",
]

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SEGMENTS: dict[str, tuple[Kind, int]] = {
    "G": ("grid", 2),
    "M": ("micro_grid", 2),
    "C": ("courtyard", 3),
    "B": ("building", 3),
    "E": ("entrance", 2),
    "H": ("household", 4),
}
OFFICIAL: dict[int, Kind] = {6: "district", 9: "street", 12: "community"}
GRID_KINDS: frozenset[Kind] = frozenset({"grid", "micro_grid"})

_X = "[0-9A-HJ-NP-Z]"
PATTERN = (
    rf"[0-9]{{6}}(?:[0-9]{{3}}(?:[0-9]{{3}}"
    rf"(?:G{_X}{{2}}(?:M{_X}{{2}})?"
    rf"|(?=[CBEH])(?:C{_X}{{3}})?(?:B{_X}{{3}}(?:E{_X}{{2}})?)?(?:H{_X}{{4}})?)?)?)?"
)
_CODE = re.compile(PATTERN)
_AFTER_ANY = "~"


def is_code(text: str) -> bool:
    """Say whether ``text`` is written like the code of a place."""
    return _CODE.fullmatch(text) is not None


def kind_of(code: str) -> Kind:
    """Return what ``code`` names.

    Raises:
        ValueError: it is not the code of a place.
    """
    if not is_code(code):
        raise ValueError(f"{code!r} is not the code of a place")
    return OFFICIAL[len(code)] if len(code) <= 12 else SEGMENTS[_segments(code)[-1][0]][0]


def ancestry(code: str) -> list[str]:
    """Return the codes from the district down to ``code`` itself, parents first."""
    kind_of(code)
    official = [code[:length] for length in OFFICIAL if length <= len(code)]
    below, at = [], 12
    for segment in _segments(code):
        at += len(segment)
        below.append(code[:at])
    return official + below


def parent_of(code: str) -> str | None:
    """Return the code one level up, or ``None`` for a district."""
    return ([None, *ancestry(code)])[-2]


def route_code(code: str) -> str:
    """Return the part of a place's code that names the tenant."""
    return code[:6]


def subtree(code: str) -> tuple[str, str]:
    """Return the range ``[low, high)`` that holds ``code`` and everything below it.

    Compare in the column's own ``COLLATE "C"``: there ``~`` sorts after every code character.
    """
    return code, code + _AFTER_ANY


def contains(outer: str, inner: str) -> bool:
    """Say whether the place ``inner`` is ``outer`` or lies below it, by ``code`` alone."""
    low, high = subtree(outer)
    return low <= inner < high


def _segments(code: str) -> list[str]:
    found, at = [], 12
    while at < len(code):
        width = 1 + SEGMENTS[code[at]][1]
        found.append(code[at : at + width])
        at += width
    return found
