"""Where a reader comes back to, and only within this site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from core.web.gate import current_gate


def return_path() -> str:
    """Return this page's path, or the place's public page when this is the answer to a form."""
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    gate = current_gate()
    return gate.place.public_url if gate else "/"


def local_target(target: str | None, default: str) -> str:
    """Return ``target`` when it is a path of this site, else ``default`` (no open redirect)."""
    text = target or ""
    if not text.startswith("/") or text.startswith("//") or "\\" in text or not text.isprintable():
        return default
    try:
        parts = urlsplit(text)
    except ValueError:
        return default
    return default if parts.netloc or parts.scheme else text
