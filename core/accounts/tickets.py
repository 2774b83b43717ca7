"""Secrets that are handed out once: in a session's cookie, in a one-time link."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID

from core.ids import new_id
from core.tenancy import required


@dataclass(frozen=True)
class Ticket:
    """A secret to hand out once: ``<tenant>.<id>.<secret>``. Only its hash is stored."""

    tenant: int
    id: UUID
    secret: str

    def __str__(self) -> str:
        return f"{self.tenant}.{self.id.hex}.{self.secret}"

    @classmethod
    def new(cls) -> Ticket:
        return cls(required(), new_id(), secrets.token_urlsafe(32))

    @classmethod
    def parse(cls, text: str) -> Ticket | None:
        """Read a ticket back, or return ``None`` when it is not written like one."""
        tenant, _dot, rest = text.partition(".")
        id_, _dot, secret = rest.partition(".")
        try:
            return cls(int(tenant), UUID(hex=id_), secret) if secret else None
        except ValueError:
            return None

    @property
    def hash(self) -> str:
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, stored: str) -> bool:
        return hmac.compare_digest(self.hash, stored)


def link_address(base_url: str, route_code: str, ticket: Ticket) -> str:
    """Return the full address of a one-time link."""
    return f"{base_url}/{route_code}/-/link/{ticket}"
