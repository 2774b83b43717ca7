"""The queue. Valkey is only the transport: whatever is lost with it is found due again."""

from __future__ import annotations

from flask import current_app
from redis import Redis
from rq import Queue

NAME = "linli"


def connection() -> Redis:
    """Return a client of the application's Valkey."""
    return Redis.from_url(str(current_app.extensions["linli.valkey"]))


def queue() -> Queue:
    """Return the one queue of this installation."""
    return Queue(NAME, connection=connection())
