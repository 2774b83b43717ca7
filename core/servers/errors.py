"""The one error of this package."""

from __future__ import annotations


class ServersError(Exception):
    """The embedded servers cannot be used; the message is one clear line for the user."""
