"""Names of places as people say them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from core.places.codes import parent_of

_SUFFIXES = re.compile(
    r"(?<=社区)(?:居委会|居民委员会)$|(?<=村)(?:村委会|村民委员会)$|(?<=街道)办事处$"
)


def shown(official: str) -> str:
    """Return the short form of an official name.

    居委会 goes only where 社区 stands before it, and 村委会 only behind 村: dropping them
    everywhere would make hundreds of names inside one street collide.
    """
    return _SUFFIXES.sub("", official)


def shown_all(places: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the short name of each ``(code, official name)``, by code.

    Siblings whose short names would be the same keep their official ones.
    """
    short = {code: (shown(official), official) for code, official in places}
    siblings = Counter((parent_of(code), name) for code, (name, _) in short.items())
    return {
        code: name if siblings[parent_of(code), name] == 1 else official
        for code, (name, official) in short.items()
    }
