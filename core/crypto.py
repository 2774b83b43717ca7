"""Encryption of personal data: a key per tenant, wrapped by the installation's key ring.

AES-256-GCM for values, HMAC-SHA-256 for the blind index that finds them again. The keys are
derived (HKDF) from the tenant's one key, which the database only holds wrapped.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
KEY = 32


class KeyMissing(Exception):
    """The ring lacks the key that wrapped a tenant's key, or holds another one by its name."""


@dataclass(frozen=True)
class TenantCipher:
    """Seals and opens one tenant's values.

    ``purpose`` names the column (``user_account.phone``) and ``row`` the row's id: a value that was
    moved to another column, row or tenant does not open.
    """

    tenant: int
    data_key: bytes
    index_key: bytes
    audit_key: bytes

    def seal(self, text: str, purpose: str, row: object) -> bytes:
        """Encrypt ``text``."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + AESGCM(self.data_key).encrypt(
            nonce, text.encode(), self._bound(purpose, row)
        )

    def open(self, sealed: bytes, purpose: str, row: object) -> str:
        """Decrypt what :meth:`seal` made for the same purpose and row."""
        nonce, body = sealed[:NONCE], sealed[NONCE:]
        return AESGCM(self.data_key).decrypt(nonce, body, self._bound(purpose, row)).decode()

    def blind_index(self, text: str, purpose: str) -> str:
        """Return the hex digest by which the exact ``text`` is found again in this tenant."""
        message = f"{purpose}\0{text}".encode()
        return hmac.new(self.index_key, message, hashlib.sha256).hexdigest()

    def link(self, last: bytes, body: bytes) -> bytes:
        """Return the next link of the audit chain, which nobody makes without the key."""
        return hmac.new(self.audit_key, last + body, hashlib.sha256).digest()

    def _bound(self, purpose: str, row: object) -> bytes:
        return f"{self.tenant}/{purpose}/{row}".encode()


class KeyRing:
    """The installation's keys. The first wraps new tenant keys, all of them unwrap."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    def new_tenant_key(self, tenant: int) -> tuple[str, bytes]:
        """Return ``(ring key's name, wrapped key)`` of a fresh key for ``tenant``."""
        nonce = secrets.token_bytes(NONCE)
        body = AESGCM(self._keys[self.current]).encrypt(
            nonce, secrets.token_bytes(KEY), _tenant_bound(tenant)
        )
        return self.current, nonce + body

    def cipher(self, tenant: int, ring_key: str, wrapped: bytes) -> TenantCipher:
        """Unwrap a tenant's key.

        Raises:
            KeyMissing: the ring has no key of that name, or not the one that wrapped it.
        """
        try:
            key = AESGCM(self._keys[ring_key]).decrypt(
                wrapped[:NONCE], wrapped[NONCE:], _tenant_bound(tenant)
            )
        except KeyError:
            raise KeyMissing(f"LINLI_KEY_RING has no key {ring_key!r}") from None
        except InvalidTag:
            raise KeyMissing(f"key {ring_key!r} of LINLI_KEY_RING is not the right one") from None
        return TenantCipher(
            tenant, _derive(key, b"data"), _derive(key, b"index"), _derive(key, b"audit")
        )


def _tenant_bound(tenant: int) -> bytes:
    return f"linli/tenant/{tenant}".encode()


def _derive(key: bytes, use: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY, salt=None, info=b"linli/" + use).derive(key)
