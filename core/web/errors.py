"""Errors as answers: a page or problem+json (RFC 9457), never a trace."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, g, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from core.errors import Forbidden, Invalid, LinliError, NotFound, SignInRequired, Suspended
from core.web import sending_again
from core.web.form_messages import texts
from core.web.gate import current_gate
from core.web.programs import is_of_api
from core.web.refusals import abandon, record_refusal
from core.web.returning import return_path

log = logging.getLogger(__name__)

_TITLES: dict[int, tuple[Any, Any]] = {
    400: (
        lazy_gettext("The request was not understood"),
        lazy_gettext("Please go back, reload the page and try again. Nothing was changed."),
    ),
    404: (NotFound.title, NotFound().message),
    405: (
        lazy_gettext("Not possible here"),
        lazy_gettext("This address cannot be used that way. Please go back and use the page."),
    ),
    413: (
        lazy_gettext("Too large"),
        lazy_gettext(
            "What you sent is too large. Go back, shorten it or choose a smaller file."
            " Nothing was changed."
        ),
    ),
    429: (
        lazy_gettext("Too many attempts"),
        lazy_gettext("Please wait a few minutes and try again."),
    ),
    500: (
        lazy_gettext("Something went wrong on our side"),
        lazy_gettext("Nothing was changed. Try again; if it stays, report the number below."),
    ),
    503: (
        lazy_gettext("Busy at the moment"),
        lazy_gettext("Please try again in a minute. Nothing was changed."),
    ),
}

_FOR_PROGRAMS: dict[int, Any] = {
    400: lazy_gettext("The request was not understood. Nothing was changed."),
    405: lazy_gettext("This resource does not have that method. The header Allow names its own."),
}


def install(app: Flask) -> None:
    """Answer every error of ``app`` in the visitor's language and kind."""
    app.register_error_handler(LinliError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _throttled)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(PoolTimeout, _busy)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def wants_json() -> bool:
    """Say whether the visitor is a program."""
    if is_of_api():
        return True
    best = request.accept_mimetypes.best_match(
        ["text/html", "application/json", "application/problem+json"], "text/html"
    )
    return best != "text/html"


def _domain(error: LinliError) -> Any:
    record_refusal(error)
    gate = current_gate()
    if isinstance(error, SignInRequired) and gate is not None and not wants_json():
        if sending_again.can_be_sent_again():
            return sending_again.signed_out()
        target = f"/{gate.tenant.route_code}/-/sign-in?next={quote(return_path())}"
        return redirect(target, 302)
    response = _answer(error.status, error.code, error.title, error.message, **_members(error))
    response.headers.extend(error.headers)
    return response


def _members(error: LinliError) -> dict[str, Any]:
    """What problem+json tells beyond the sentence: the field, all fields, the permission."""
    members: dict[str, Any] = {"field": error.field} if error.field else {}
    if isinstance(error, Invalid) and error.fields:
        members["errors"] = {name: texts(found) for name, found in error.fields.items()}
    if isinstance(error, Forbidden) and error.permission:
        members["permission"] = error.permission
    if isinstance(error, Forbidden) and error.permissions:
        members["permissions"] = list(error.permissions)
    return members


def _csrf(error: CSRFError) -> Any:
    abandon()
    if not wants_json() and sending_again.can_be_sent_again():
        page = sending_again.after_a_bad_token()
        abandon()
        if page is not None:
            return page
    message = _("The page was open too long, or cookies are off. Reload it and send again.")
    return _answer(400, "csrf", _TITLES[400][0], message)


def _throttled(error: RateLimitExceeded) -> Any:
    abandon()
    response = _answer(429, "too_many_requests", *_TITLES[429])
    response.headers["Retry-After"] = str(error.limit.limit.get_expiry())
    return response


def _busy(error: DBAPIError) -> Any:
    log.error("database unavailable: %s", error)
    abandon()
    response = _answer(503, "unavailable", *_TITLES[503])
    response.headers["Retry-After"] = "10"
    return response


def _http(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    abandon()
    title, message = _TITLES.get(error.code, _TITLES[400])
    if is_of_api():
        message = _FOR_PROGRAMS.get(error.code, message)
    answer = _answer(error.code, error.name.lower().replace(" ", "_"), title, message)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Any:
    log.exception("unexpected error in %s (request %s)", request.endpoint, g.get("request_id"))
    abandon()
    return _answer(500, "internal", *_TITLES[500])


def _answer(status: int, code: str, title: Any, message: Any, **members: Any) -> Response:
    if wants_json():
        body = {"type": f"urn:linli:{code}", "title": str(title), "status": status}
        body |= {"detail": str(message)} | members
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        response = Response(
            render_template(
                "error.html",
                suspended=code == Suspended.code,
                status=status,
                heading=title,
                message=message,
                request_id=g.get("request_id", "")
                if status in (500, 503) and code != Suspended.code
                else "",
            ),
            content_type="text/html; charset=utf-8",
        )
    response.status_code = status
    return response
