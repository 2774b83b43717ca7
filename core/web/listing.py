"""Pages of a list: which one was asked for, how many there are, and the addresses of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for

SIZES = (20, 50, 100)
FURTHEST_PAGE = 10_000


@dataclass(frozen=True)
class Paging:
    """What the address asks for: ``page`` from 1, ``size`` one of 20, 50 and 100."""

    page: int
    size: int

    @classmethod
    def asked(cls, default: int = 50) -> Paging:
        """Read ``?page=`` and ``?size=``; anything else means the first page and the default."""
        page = request.args.get("page", 1, type=int)
        size = request.args.get("size", default, type=int)
        return cls(min(max(page, 1), FURTHEST_PAGE), size if size in SIZES else default)

    def pages(self, total: int) -> int:
        """Return how many pages ``total`` rows fill, at least one."""
        return max(1, -(-total // self.size))

    def url(self, page: int, size: int) -> str:
        """Return the address of another page, with the filters kept."""
        assert request.endpoint is not None
        values: dict[str, Any] = {**request.args.to_dict(), **(request.view_args or {})}
        return url_for(request.endpoint, **(values | {"page": page, "size": size}))
