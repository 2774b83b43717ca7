"""Texts that people typed."""

from __future__ import annotations

import unicodedata

_UNSEEN = {"Cc", "Cf", "Co", "Cs"}


def visible(text: str, keep: str = "") -> str:
    """Return ``text`` without control, direction and zero-width characters, but for ``keep``."""
    return "".join(c for c in text if c in keep or unicodedata.category(c) not in _UNSEEN)
