"""What a program gets: JSON, pages of a list with links, an ``ETag`` for a single object."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import Schema

from core.api.errors import ConditionRequired, Stale
from core.paging import Page, Paging

Dumped = Mapping[str, Any]


def dumped(kind: type[Schema], value: Any) -> Dumped:
    """Return ``value`` as the answer's schema shows it."""
    shown: Dumped = _schema(kind).dump(value)
    return shown


def etag(shown: Dumped) -> str:
    """Return the strong entity tag of a representation, without quotes."""
    return hashlib.sha256(_encoded(shown)).hexdigest()[:32]


def one(shown: Dumped, status: int = 200, tag: str | None = None) -> Response:
    """Answer with one object; with ``tag`` it can be asked for again and changed safely."""
    response = Response(_encoded(shown), status, content_type="application/json")
    if tag is not None:
        response.set_etag(tag)
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization, Accept-Language"
        if request.method in ("GET", "HEAD"):
            response.make_conditional(request)
    return response


def page(kind: type[Schema], found: Page[Any], wanted: Paging) -> Response:
    """Answer with one page of a list; past the end there are no items."""
    rows = found.rows if found.number == wanted.number else []
    response = one(
        {
            "items": [dumped(kind, row) for row in rows],
            "page": wanted.number,
            "pages": found.count,
            "total": found.total,
        }
    )
    if links := _links(found.count, wanted):
        response.headers["Link"] = links
    return response


def check_condition(present: Dumped) -> None:
    """Go on only when ``If-Match`` names the present state (RFC 9110, section 13.1.1).

    Raises:
        ConditionRequired: there is no ``If-Match``.
        Stale: it names another state.
    """
    require_condition()
    if etag(present) not in request.if_match:
        raise Stale()


def require_condition() -> None:
    """Go on only when there is an ``If-Match``.

    Raises:
        ConditionRequired: there is none.
    """
    if "If-Match" not in request.headers:
        raise ConditionRequired()


@cache
def _schema(kind: type[Schema]) -> Schema:
    return kind()


def _encoded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return text.encode()


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else str(value)


def _links(pages: int, wanted: Paging) -> str:
    numbers = {"first": 1, "last": pages}
    if wanted.number > 1:
        numbers["prev"] = min(wanted.number - 1, pages)
    if wanted.number < pages:
        numbers["next"] = wanted.number + 1
    return ", ".join(
        f'<{_address(number, wanted.size)}>; rel="{rel}"' for rel, number in numbers.items()
    )


def _address(number: int, size: int) -> str:
    asked = [(name, text) for name, text in request.args.items(multi=True)]
    kept = [pair for pair in asked if pair[0] not in ("page", "size")]
    return f"{request.path}?{urlencode([*kept, ('page', number), ('size', size)])}"
