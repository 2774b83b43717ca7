"""Personal data is sealed for one tenant, one column and one row, and found by an exact value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from core import tenancy
from core.accounts.models import PHONE, UserAccount
from core.accounts.service import create_user
from core.crypto import KeyMissing, KeyRing, TenantCipher
from core.db import db
from core.tenancy import TenancyError
from core.tenancy.keys import cipher
from core.testing.world import SYSTEM, District

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
ROW = UUID(int=1)

made = KeyRing({"old": OLD})
NAME, WRAPPED = made.new_tenant_key(510114)
CIPHER = made.cipher(510114, NAME, WRAPPED)


@given(st.text())
def test_what_was_sealed_opens_again_and_does_not_contain_the_text(text: str) -> None:
    sealed = CIPHER.seal(text, PHONE, ROW)

    assert CIPHER.open(sealed, PHONE, ROW) == text
    assert len(sealed) == 12 + len(text.encode()) + 16
    assert CIPHER.seal(text, PHONE, ROW) != sealed


@pytest.mark.parametrize(
    ("reader", "purpose", "row"),
    [
        (CIPHER, "user_account.id_number", ROW),
        (CIPHER, PHONE, UUID(int=2)),
        (TenantCipher(120101, CIPHER.data_key, CIPHER.index_key, CIPHER.audit_key), PHONE, ROW),
        (TenantCipher(510114, CIPHER.index_key, CIPHER.index_key, CIPHER.audit_key), PHONE, ROW),
    ],
    ids=["another column", "another row", "another tenant", "another key"],
)
def test_a_value_that_was_moved_does_not_open(
    reader: TenantCipher, purpose: str, row: UUID
) -> None:
    sealed = CIPHER.seal("13800000000", PHONE, ROW)
    with pytest.raises(InvalidTag):
        reader.open(sealed, purpose, row)


@given(st.integers(min_value=0, max_value=8 * (12 + 11 + 16) - 1))
def test_a_single_altered_bit_is_noticed(bit: int) -> None:
    sealed = bytearray(CIPHER.seal("13800000000", PHONE, ROW))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidTag):
        CIPHER.open(bytes(sealed), PHONE, ROW)


def test_the_blind_index_is_hmac_sha256_of_purpose_and_text() -> None:
    expected = hmac.new(CIPHER.index_key, b"user_account.phone\x0013800000000", hashlib.sha256)
    assert CIPHER.blind_index("13800000000", PHONE) == expected.hexdigest()


def test_the_blind_index_differs_between_columns_tenants_and_texts() -> None:
    other = made.cipher(120101, *made.new_tenant_key(120101))
    found = {
        CIPHER.blind_index("13800000000", PHONE),
        CIPHER.blind_index("13800000001", PHONE),
        CIPHER.blind_index("13800000000", "p_volunteer__sign_up.phone"),
        other.blind_index("13800000000", PHONE),
    }
    assert len(found) == 4


def test_data_and_index_keys_are_derived_apart() -> None:
    """HKDF with SHA-256 (RFC 5869), no salt, an info each."""
    other = KeyRing({"old": OLD}).cipher(510114, NAME, WRAPPED)
    assert (other.data_key, other.index_key) == (CIPHER.data_key, CIPHER.index_key)
    assert len({CIPHER.data_key, CIPHER.index_key, OLD}) == 3


def test_a_new_ring_key_in_front_wraps_new_tenants_and_old_ones_still_open() -> None:
    ring = KeyRing({"new": NEW, "old": OLD})
    sealed = CIPHER.seal("王芳", PHONE, ROW)

    assert ring.new_tenant_key(1)[0] == "new"
    assert ring.cipher(510114, NAME, WRAPPED).open(sealed, PHONE, ROW) == "王芳"


@pytest.mark.parametrize(
    ("ring", "tenant", "name"),
    [
        (KeyRing({"new": NEW}), 510114, "old"),
        (KeyRing({"old": NEW}), 510114, "old"),
        (KeyRing({"old": OLD}), 120101, "old"),
    ],
    ids=["no such key", "not that key", "another tenant's"],
)
def test_a_key_that_cannot_be_unwrapped_is_named(ring: KeyRing, tenant: int, name: str) -> None:
    with pytest.raises(KeyMissing, match="LINLI_KEY_RING"):
        ring.cipher(tenant, name, WRAPPED)


def test_the_same_phone_in_two_districts_is_stored_as_two_different_things(
    app: Flask, new_district: Callable[[], District]
) -> None:
    stored = []
    for one in (new_district(), new_district()):
        with one.entered():
            user = create_user(SYSTEM, one.place(one.code), name="王芳", phone="13812345678").id
        with one.entered():
            row = db.session.execute(
                select(UserAccount.phone_sealed, UserAccount.phone_index).where(
                    UserAccount.id == user
                )
            ).one()
            assert cipher().open(row.phone_sealed, PHONE, user) == "13812345678"
            stored.append(tuple(row))
            with pytest.raises(InvalidTag):
                cipher().open(stored[0][0], PHONE, UUID(int=3))
            everything = db.session.execute(
                text(
                    "SELECT user_account::text FROM user_account"
                    " WHERE user_account.tenant_id = :tenant"
                ),
                {"tenant": one.tenant},
            ).scalars()
            assert not any("13812345678" in row or "12345678" in row for row in everything)
    assert len({part for row in stored for part in row}) == 4


def test_there_is_no_cipher_without_a_tenant(app: Flask) -> None:
    with app.app_context(), pytest.raises(TenancyError, match="No tenant was entered"):
        cipher()
    assert tenancy.current() is None
