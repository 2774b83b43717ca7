"""Whether a place lies in a scope: in SQL for lists, in Python for one."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, and_

from core.places import codes


class Located(Protocol):
    """Anything that knows its code and, if it has one, its grid's."""

    @property
    def code(self) -> str: ...

    @property
    def grid_code(self) -> str | None: ...


def in_scope(columns: Any, place_code: str) -> ColumnElement[bool]:
    """Return the SQL condition that a row lies in the place ``place_code``.

    Args:
        columns: a model, alias or table with the columns ``code`` and ``grid_code``.

    A grid or micro-grid reaches what is assigned to it, any other place what stands in it.
    """
    low, high = codes.subtree(place_code)
    if codes.kind_of(place_code) not in codes.GRID_KINDS:
        return and_(columns.code >= low, columns.code < high)
    own = and_(columns.code >= low, columns.code < high)
    return own | and_(columns.grid_code >= low, columns.grid_code < high)


def is_in_scope(place: Located, place_code: str) -> bool:
    """Say whether ``place`` lies in the place ``place_code``, as :func:`in_scope` does."""
    if codes.contains(place_code, place.code):
        return True
    if codes.kind_of(place_code) not in codes.GRID_KINDS or place.grid_code is None:
        return False
    return codes.contains(place_code, place.grid_code)
