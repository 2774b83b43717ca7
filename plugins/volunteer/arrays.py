"""Arrays for large statements."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID


def array(values: Iterable[UUID | str | int]) -> str:
    """Write ids or whole numbers as one PostgreSQL array, to be cast where it is used.

    psycopg writes a list item by item, which took longer than many a statement.
    """
    return "{" + ",".join(map(str, values)) + "}"
