"""People who help in a community."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.volunteer.models.base import Base


class Volunteer(TenantScoped, Base):
    """A person 志愿者 as one community knows them, by their mobile number.

    The number is encrypted. Whoever had their data erased keeps the row, with an empty name and no
    number, because hours and points refer to it.
    """

    __tablename__ = "p_volunteer__volunteer"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "phone_index", "place_id", name="p_volunteer__volunteer_phone_key"
        ),
        Index("p_volunteer__volunteer_place_id_ix", "tenant_id", "place_id", "name"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    name: Mapped[str] = mapped_column(Text)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
