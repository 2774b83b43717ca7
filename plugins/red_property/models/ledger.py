"""The item ledger 信用信息台账: what companies were given or lost points for. Only ever added to.

A score at a moment counts the entries that were known, valid and not ended then. Since nothing is
changed, what a score was at a past moment never moves.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Organisation, Place, StoredFile, TenantScoped, now, ref
from plugins.red_property.models.base import Base
from plugins.red_property.models.methods import Method, MethodItem

EndingKind = Literal["revoked", "rectified"]
ENDING_KINDS: tuple[EndingKind, ...] = ("revoked", "rectified")
ProposalState = Literal["waiting", "accepted", "declined"]
PROPOSAL_STATES: tuple[ProposalState, ...] = ("waiting", "accepted", "declined")


class Entry(TenantScoped, Base):
    """An item entered for a company, with its points (hundredths, never negative).

    ``occurred_on`` is the day of what happened, at ``about_place_id`` when it happened in one
    place that the company served. It counts from ``valid_from`` until before ``valid_until``;
    without that, until it is ended. ``number`` counts the district's entries, for people.
    """

    __tablename__ = "p_red_property__entry"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "place_id", "number", name="p_red_property__entry_number_key"
        ),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("valid_until > valid_from", name="validity"),
        Index(
            "p_red_property__entry_organisation_id_ix", "tenant_id", "organisation_id", "entered_at"
        ),
        {"info": {"access": "append-only"}},
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    number: Mapped[int] = mapped_column(Integer)
    organisation_id: Mapped[UUID] = ref(Organisation, index=False)
    method_id: Mapped[UUID] = ref(Method)
    item_id: Mapped[UUID] = ref(MethodItem)
    points: Mapped[int] = mapped_column(BigInteger)
    occurred_on: Mapped[date] = mapped_column(Date)
    about_place_id: Mapped[UUID | None] = ref(Place, nullable=True)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    basis: Mapped[str] = mapped_column(Text)
    evidence_id: Mapped[UUID | None] = ref(StoredFile, nullable=True)
    entered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    entered_by: Mapped[UUID | None] = mapped_column(Uuid)


class Ending(TenantScoped, Base):
    """An entry stopped counting before its time: revoked 撤销, or rectified 整改."""

    __tablename__ = "p_red_property__ending"
    __table_args__ = (
        UniqueConstraint("tenant_id", "entry_id", name="p_red_property__ending_entry_key"),
        CheckConstraint("kind IN ('revoked', 'rectified')", name="kind"),
        {"info": {"access": "append-only"}},
    )

    entry_id: Mapped[UUID] = ref(Entry, index=False)
    kind: Mapped[EndingKind] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    ended_by: Mapped[UUID | None] = mapped_column(Uuid)


class Proposal(TenantScoped, Base):
    """An item that another plugin's event gives reason for; a clerk accepts or declines it.

    An event proposes an item once for a company and place, however often it is told.
    """

    __tablename__ = "p_red_property__proposal"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "event_id",
            "organisation_id",
            "about_place_id",
            "item_id",
            name="p_red_property__proposal_event_key",
        ),
        CheckConstraint("state IN ('waiting', 'accepted', 'declined')", name="state"),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'accepted') = (entry_id IS NOT NULL)", name="entry"),
        Index("p_red_property__proposal_state_ix", "tenant_id", "place_id", "state", "offered_at"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    event_id: Mapped[UUID] = mapped_column(Uuid)
    organisation_id: Mapped[UUID] = ref(Organisation)
    about_place_id: Mapped[UUID] = ref(Place)
    item_id: Mapped[UUID] = ref(MethodItem)
    occurred_on: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    offered_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    state: Mapped[ProposalState] = mapped_column(Text, default="waiting")
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision: Mapped[str | None] = mapped_column(Text)
    entry_id: Mapped[UUID | None] = ref(Entry, nullable=True)
