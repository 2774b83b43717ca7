"""Which requests are programs': everything below ``/api`` but the page that people read."""

from __future__ import annotations

from flask import request

API = "/api/v1"
REFERENCE = "api_document.reference"
"""The endpoint of the page about the API."""


def is_of_api() -> bool:
    """Say whether this request is answered in JSON, whatever it says it accepts."""
    below = request.path == "/api" or request.path.startswith("/api/")
    return below and request.endpoint != REFERENCE
