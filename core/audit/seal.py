"""Sealing audit entries into one hash chain per tenant, and checking it.

``seal(n) = HMAC-SHA-256(key, seal(n-1) ‖ canonical JSON of entry n)``, with a key derived from the
tenant's, so that whoever only has the database cannot make a chain that holds. A job seals in
short transactions, so that writers never wait for one another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, text, update

from core.audit.models import AuditEntry, AuditPayload
from core.audit.service import payload_digest
from core.db import db
from core.tenancy import context
from core.tenancy.keys import cipher

BATCH = 500
_LOCK_CLASS = 0x5EA1


@dataclass(frozen=True)
class Report:
    """What ``verify`` found. ``broken`` holds ``(seal number, what is wrong)``.

    ``head`` is ``number:seal`` of the last entry. Kept outside the database, it shows later
    whether the end of the chain was cut off.
    """

    sealed: int
    unsealed: int
    erased_payloads: int
    head: str
    broken: tuple[tuple[int, str], ...]

    @property
    def holds(self) -> bool:
        return not self.broken


def genesis(tenant: int) -> bytes:
    """Return what the chain of ``tenant`` starts from."""
    return hashlib.sha256(f"linli audit {tenant}".encode()).digest()


def seal_batch(limit: int = BATCH) -> int:
    """Seal up to ``limit`` entries of the entered tenant and return how many were."""
    tenant = context.required()
    db.session.execute(
        text("SELECT pg_advisory_xact_lock(:cls, :tenant)"), {"cls": _LOCK_CLASS, "tenant": tenant}
    )
    number, last = _head(tenant)
    entries = db.session.execute(
        select(AuditEntry)
        .where(AuditEntry.seal_number.is_(None))
        .order_by(AuditEntry.id)
        .limit(limit)
    ).scalars()
    rows = []
    for entry in entries:
        number, last = number + 1, _link(last, entry)
        rows.append({"b_id": entry.id, "b_number": number, "b_seal": last})
    if rows:
        table = AuditEntry.__table__
        db.session.connection().execute(
            update(table)  # type: ignore[arg-type]
            .where(table.c.tenant_id == tenant, table.c.id == bindparam("b_id"))
            .values(seal_number=bindparam("b_number"), seal=bindparam("b_seal")),
            rows,
        )
    return len(rows)


def verify(expected: str | None = None) -> Report:
    """Walk the entered tenant's chain and say whether every link and every payload holds.

    Args:
        expected: a ``head`` that was reported before and must still be in the chain.
    """
    tenant = context.required()
    broken: list[tuple[int, str]] = []
    sealed = erased = 0
    last = genesis(tenant)
    seen = {f"0:{last.hex()}"}
    for entry, payload in _in_order():
        sealed, number = sealed + 1, entry.seal_number or 0
        if number != sealed:
            broken.append((number, f"entry {sealed} is missing"))
            sealed = number
        right = _link(last, entry)
        if entry.seal != right:
            broken.append((number, "the entry or one before it was altered"))
        last = entry.seal or right
        seen.add(f"{number}:{last.hex()}")
        if payload is None:
            erased += 1
        elif payload_digest(payload.salt, payload.before, payload.after) != entry.payload_digest:
            broken.append((number, "its payload was altered"))
    if expected is not None and expected not in seen:
        broken.append((int(expected.partition(":")[0]), "it was there before and is gone"))
    unsealed = db.session.execute(
        select(func.count()).select_from(AuditEntry).where(AuditEntry.seal_number.is_(None))
    ).scalar_one()
    return Report(sealed, unsealed, erased, f"{sealed}:{last.hex()}", tuple(broken))


def _head(tenant: int) -> tuple[int, bytes]:
    head = db.session.execute(
        select(AuditEntry.seal_number, AuditEntry.seal)
        .where(AuditEntry.seal_number.is_not(None))
        .order_by(AuditEntry.seal_number.desc())
        .limit(1)
    ).one_or_none()
    if head is None:
        return 0, genesis(tenant)
    number, last = head
    assert number is not None and last is not None, "a sealed entry has a number and a seal"
    return number, last


def _in_order() -> Iterator[tuple[AuditEntry, AuditPayload | None]]:
    after: int | None = 0
    while True:
        rows = db.session.execute(
            select(AuditEntry, AuditPayload)
            .outerjoin(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
            .where(AuditEntry.seal_number > after)
            .order_by(AuditEntry.seal_number)
            .limit(BATCH)
        ).all()
        yield from ((entry, payload) for entry, payload in rows)
        if len(rows) < BATCH:
            return
        after = rows[-1][0].seal_number
        db.session.expunge_all()


def _link(last: bytes, entry: AuditEntry) -> bytes:
    body = {
        "id": str(entry.id),
        "at": entry.at.timestamp(),
        "actor": [str(entry.actor_id), entry.actor_name],
        "action": entry.action,
        "object": [entry.object_type, entry.object_id],
        "place": entry.place_code,
        "outcome": [entry.outcome, entry.reason],
        "request": entry.request_id,
        "payload": entry.payload_digest.hex(),
    }
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return cipher().link(last, canonical.encode())
