"""A form that arrives without a good session or token: what was typed is not lost.

The answer holds the fields in a form that a person may send again. Only for a post of this site's
own page: another site could otherwise have somebody send its fields with one press.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, current_app, make_response, render_template, request

from core.errors import LinliError, SignInRequired
from core.web.access import access_of
from core.web.gate import current_gate, open_gate
from core.web.refusals import abandon


def can_be_sent_again() -> bool:
    """Say whether this is a form of a page of ours for which one must hold a permission.

    Pages for everybody and those of one's own account, which take passwords, are left out.
    """
    access = access_of(current_app, request.endpoint or "")
    if request.method != "POST" or access is None or access.permission is None or access.api:
        return False
    return _is_from_here() and bool(_typed())


def signed_out() -> Response:
    """Say that one is signed out, and keep what was typed until one is signed in again."""
    return _page(401, signed_out=True)


def after_a_bad_token() -> Response | None:
    """Return the page to send again from; None where the visitor has no business there."""
    abandon()
    try:
        open_gate()
    except SignInRequired:
        return signed_out() if current_gate() else None
    except LinliError:
        return None
    return _page(400, signed_out=False)


def _page(status: int, *, signed_out: bool) -> Response:
    files = any(sent.filename for sent in request.files.values())
    page = render_template("sending_again.html", signed_out=signed_out, typed=_typed(), files=files)
    return make_response(page, status)


def _typed() -> list[tuple[str, str]]:
    token = current_app.config["WTF_CSRF_FIELD_NAME"]
    return [pair for pair in request.form.items(multi=True) if pair[0] != token]


def _is_from_here() -> bool:
    try:
        sender = urlsplit(request.headers.get("Origin") or request.referrer or "")
    except ValueError:
        return False
    return (sender.scheme, sender.netloc) == (request.scheme, request.host)
