"""Texts that people typed, and texts about what went wrong with them."""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
_MOBILE = re.compile(r"(?<![0-9])((?:86)?1[3-9][0-9])[0-9]{4}([0-9]{4})(?![0-9])")


def visible(text: str, keep: str = "") -> str:
    """Return ``text`` without control, direction and zero-width characters, but for ``keep``."""
    return "".join(c for c in text if c in keep or unicodedata.category(c) not in _UNSEEN)


def storable(text: str) -> str:
    """Return an error's text as the database may keep it.

    PostgreSQL takes no NUL, and UTF-8 no half of a surrogate pair; mobile numbers are masked
    (``138****1234``), since whoever reads about errors need not know whom they befell.
    """
    text = text.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")
    return _MOBILE.sub(r"\1****\2", text)
