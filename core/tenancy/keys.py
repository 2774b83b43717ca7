"""The entered tenant's cipher."""

from __future__ import annotations

from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction

from core.crypto import KeyRing, TenantCipher
from core.db import db
from core.tenancy import context
from core.tenancy.models import TenantKey

_EXTENSION = "linli.ciphers"
_KEY = "linli.tenant_key"


class Ciphers:
    """Unwraps tenant keys; remembers what it unwrapped by the wrapped bytes themselves."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self._unwrapped: dict[bytes, TenantCipher] = {}

    def create(self) -> None:
        """Make and store the key of the tenant that is being onboarded."""
        ring_key, wrapped = self.ring.new_tenant_key(context.required())
        db.session.add(TenantKey(ring_key=ring_key, wrapped=wrapped))
        db.session.flush()

    def current(self) -> TenantCipher:
        """Return the entered tenant's cipher; its key is read once in a transaction."""
        tenant = context.required()
        key = db.session.info.get(_KEY)
        if key is None:
            found = db.session.execute(select(TenantKey)).scalar_one()
            key = db.session.info[_KEY] = (found.ring_key, found.wrapped)
        ring_key, wrapped = key
        if wrapped not in self._unwrapped:
            self._unwrapped[wrapped] = self.ring.cipher(tenant, ring_key, wrapped)
        return self._unwrapped[wrapped]


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEY, None)


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
