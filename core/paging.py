"""Lists in pages: which one is wanted, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, select

from core.db import db

T = TypeVar("T")


@dataclass(frozen=True)
class Paging:
    """The wanted page, counted from 1, and how many rows it has."""

    number: int = 1
    size: int = 50


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows of one page, and how many rows and pages there are in all."""

    rows: list[T]
    total: int
    number: int
    size: int

    @property
    def count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))


def paged(query: Select[*tuple[Any, ...]], paging: Paging, total: int | None = None) -> Page[Any]:
    """Return one page of an ordered query in two statements; past the end, the last one.

    Args:
        total: how many rows there are, where that is known already.
    """
    if total is None:
        total = db.session.execute(
            select(func.count()).select_from(query.order_by(None).subquery())
        ).scalar_one()
    number = min(paging.number, max(1, -(-total // paging.size)))
    rows = db.session.execute(query.limit(paging.size).offset((number - 1) * paging.size)).all()
    return Page(list(rows), total, number, paging.size)
