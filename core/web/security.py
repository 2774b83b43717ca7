"""Headers and tokens that keep other people's pages and scripts out."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from flask import Flask, Response, current_app, g, request, session, url_for
from flask_wtf import CSRFProtect

from core.audit import request_id
from core.web.gate import SESSION_KEY

LARGEST_WITH_FILES = 24 * 1024 * 1024
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=()",
}
csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Protect every form with a token and every answer with headers."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    app.before_request(_identify)
    app.before_request(_admit_files)
    app.teardown_request(_forget)
    csrf.init_app(app)
    app.after_request(_add_headers)
    app.add_template_global(csp_nonce)
    app.add_template_global(asset)
    app.extensions["linli.assets"] = {}


def csp_nonce() -> str:
    """Return this answer's nonce for ``<script>``."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    nonce: str = g.csp_nonce
    return nonce


def asset(path: str) -> str:
    """Return the address of a static file, with a mark that changes when the file does."""
    known: dict[str, str] = current_app.extensions["linli.assets"]
    if path not in known or current_app.debug:
        file = Path(str(current_app.static_folder)) / path
        mark = hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else "missing"
        known[path] = url_for("static", filename=path, v=mark)
    return known[path]


def _identify() -> None:
    g.request_id = secrets.token_hex(8)
    request_id.set(g.request_id)


def _admit_files() -> None:
    """Whoever is signed in may send more, when it is a form with files."""
    if request.mimetype == "multipart/form-data" and SESSION_KEY in session:
        request.max_content_length = LARGEST_WITH_FILES


def _forget(_error: BaseException | None) -> None:
    request_id.set(None)


def _add_headers(response: Response) -> Response:
    policy = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self';"
        f" script-src 'nonce-{csp_nonce()}'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-ID"] = g.get("request_id", "")
    return response
