"""The entered tenant's cipher."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import select

from core.crypto import KeyRing, TenantCipher
from core.db import db
from core.tenancy import context
from core.tenancy.models import TenantKey

_EXTENSION = "linli.ciphers"


class Ciphers:
    """Unwrapped tenant keys, kept in this process only (a tenant's key never changes)."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._unwrapped: dict[int, TenantCipher] = {}

    def create(self) -> None:
        """Make and store the key of the tenant that is being onboarded."""
        ring_key, wrapped = self.ring.new_tenant_key(context.required())
        db.session.add(TenantKey(ring_key=ring_key, wrapped=wrapped))
        db.session.flush()

    def current(self) -> TenantCipher:
        tenant = context.required()
        if tenant not in self._unwrapped:
            key = db.session.execute(select(TenantKey)).scalar_one()
            self._unwrapped[tenant] = self.ring.cipher(tenant, key.ring_key, key.wrapped)
        return self._unwrapped[tenant]


def install(extensions: dict[str, object], ring: KeyRing) -> None:
    """Give the application its ciphers."""
    extensions[_EXTENSION] = Ciphers(ring)


def ciphers() -> Ciphers:
    """Return the application's ciphers."""
    found: Ciphers = current_app.extensions[_EXTENSION]
    return found


def cipher() -> TenantCipher:
    """Return the cipher of the tenant that was entered.

    Raises:
        TenancyError: outside of ``tenancy.enter``.
        KeyMissing: the installation's key ring cannot unwrap the tenant's key.
    """
    return ciphers().current()
