"""The tree of places of a district."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.codes import Kind
from core.places.view import PlaceView
from core.tenancy.columns import TenantScoped, ref

CODE = String(64, collation="C")


class Place(TenantScoped, Base):
    """A district, street, community or anything below one.

    ``id`` is the identity and never changes; ``code`` is the address (see ``core.places.codes``).
    Buildings and households stand in a courtyard by ``code`` and are looked after by a grid:
    that grid's code is in ``grid_code``.
    """

    __tablename__ = "place"
    __table_args__ = (
        UniqueConstraint("tenant_id", "code", name="place_code_key"),
        Index("place_grid_code_ix", "tenant_id", "grid_code"),
        CheckConstraint(
            "kind IN ('district', 'street', 'community', 'grid', 'micro_grid', 'courtyard',"
            " 'building', 'entrance', 'household')",
            name="kind",
        ),
    )

    code: Mapped[str] = mapped_column(CODE)
    grid_code: Mapped[str | None] = mapped_column(CODE)
    kind: Mapped[Kind] = mapped_column(Text)
    parent_id: Mapped[UUID | None] = ref("place", nullable=True)
    name: Mapped[str] = mapped_column(Text)
    official_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)

    @property
    def view(self) -> PlaceView:
        """The frozen form that pages, plugins and permissions use."""
        return PlaceView(
            self.id, self.code, self.grid_code, self.kind, self.name, self.official_name
        )
