"""What the address of a list asks for, and the addresses of its other pages."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from flask import Flask, request

from core.paging import Paging

SIZES = (20, 50, 100)
FURTHEST_PAGE = 10_000
LONGEST_SEARCH = 40


def install(app: Flask) -> None:
    """Give templates the addresses of a list's pages."""
    app.add_template_global(page_url)
    app.jinja_env.globals["page_sizes"] = SIZES


def asked_page(default: int = 50) -> Paging:
    """Read ``?page=`` and ``?size=``; anything else means the first page and the default."""
    number = request.args.get("page", 1, type=int)
    size = request.args.get("size", default, type=int)
    return Paging(min(max(number, 1), FURTHEST_PAGE), size if size in SIZES else default)


def page_url(number: int, size: int) -> str:
    """Return the address of another page of this list, with the filters kept."""
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'page': number, 'size': size})}"


def search_text(name: str) -> str:
    """Return what the address searches for under ``name``, trimmed and at most 40 characters."""
    return request.args.get(name, "").strip()[:LONGEST_SEARCH]


def choice(name: str, allowed: Collection[str]) -> str:
    """Return the address's filter ``name`` when it is one of ``allowed``, else nothing."""
    chosen = request.args.get(name, "")
    return chosen if chosen in allowed else ""
