"""Texts while a plugin speaks: its own catalogue first, core's for the page around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import Domain, get_domain


@contextmanager
def speaking(domain: Domain | None) -> Iterator[None]:
    """Translate with ``domain`` for as long as a plugin's view or slot runs."""
    before = get_domain()
    (domain or before).as_default()
    try:
        yield
    finally:
        before.as_default()
