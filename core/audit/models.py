"""The audit log 审计日志: who did what to which object, sealed into a hash chain per tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.tenancy.columns import TenantScoped, ref

LEDGER = {"access": "append-only", "kept": True}


class AuditEntry(TenantScoped, Base):
    """One act and its outcome.

    Written unsealed; ``seal_number`` and ``seal`` are the only columns that the application may
    update, and only once. ``payload_digest`` is salted, so that the payload can be erased without
    breaking the chain.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        UniqueConstraint("tenant_id", "seal_number", name="audit_entry_seal_number_key"),
        Index("audit_entry_at_ix", "tenant_id", "at"),
        Index("audit_entry_unsealed_ix", "tenant_id", postgresql_where=text("seal_number IS NULL")),
        CheckConstraint("outcome IN ('done', 'refused')", name="outcome"),
        {"info": {**LEDGER, "update": ("seal_number", "seal"), "due": ("seal_number",)}},
    )

    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    actor_id: Mapped[UUID | None] = mapped_column(Uuid)
    actor_name: Mapped[str] = mapped_column(Text)
    action: Mapped[str] = mapped_column(Text)
    object_type: Mapped[str] = mapped_column(Text)
    object_id: Mapped[str] = mapped_column(Text)
    place_code: Mapped[str] = mapped_column(Text(collation="C"))
    outcome: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Text)
    payload_digest: Mapped[bytes] = mapped_column(LargeBinary)
    seal_number: Mapped[int | None] = mapped_column(Integer)
    seal: Mapped[bytes | None] = mapped_column(LargeBinary)


class AuditPayload(TenantScoped, Base):
    """What an act changed, before and after. ``id`` is the entry's id; it can be erased alone."""

    __tablename__ = "audit_payload"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entry_id", name="audit_payload_entry_id_key"),
        {"info": LEDGER},
    )

    entry_id: Mapped[UUID] = ref(AuditEntry, ondelete="CASCADE", index=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
