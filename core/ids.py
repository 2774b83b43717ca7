"""Identifiers: UUIDv7 (RFC 9562), made by the application so that a phone can make them offline."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7; later ones sort after earlier ones to the millisecond."""
    return uuid7()
