"""Names of places as people say them."""

from __future__ import annotations

import re

_COMMITTEE = re.compile(r"(?<=社区)(?:居委会|居民委员会)$")
_OFFICE = re.compile(r"(?<=街道)办事处$")


def shown(official: str) -> str:
    """Return the short form of an official name.

    居委会 goes only where 社区 stands before it: dropping it everywhere would make hundreds of
    names inside one street collide.
    """
    return _OFFICE.sub("", _COMMITTEE.sub("", official))
