"""Organisations, and the places that each serves from–to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref

OrganisationKind = Literal[
    "property_company",
    "owners_committee",
    "residents_committee",
    "party_organisation",
    "supervision_committee",
    "social_organisation",
    "company",
    "public_institution",
    "other",
]


class Organisation(TenantScoped, Base):
    """A body that acts in the district, kept by the place ``place_id``, whose staff edit it.

    Legal persons and committees as such, without contact persons: nothing here is personal data.
    ``credit_code`` is its unified social credit code 统一社会信用代码 (GB 32100), in capitals;
    committees may have none, companies always have one. No two of a district share one, and those
    without are told apart by kind and name at their keeper.
    """

    __tablename__ = "organisation"
    __table_args__ = (
        UniqueConstraint("tenant_id", "credit_code", name="organisation_credit_code_key"),
        CheckConstraint(
            "kind IN ('property_company', 'owners_committee', 'residents_committee',"
            " 'party_organisation', 'supervision_committee', 'social_organisation', 'company',"
            " 'public_institution', 'other')",
            name="kind",
        ),
        CheckConstraint(
            "credit_code IS NOT NULL OR kind NOT IN ('property_company', 'company')",
            name="credit_code",
        ),
        Index("organisation_kind_ix", "tenant_id", "kind", "name"),
        Index(
            "organisation_name_key",
            "tenant_id",
            "place_id",
            "kind",
            "name",
            unique=True,
            postgresql_where=text("credit_code IS NULL"),
        ),
    )

    place_id: Mapped[UUID] = ref(Place)
    kind: Mapped[OrganisationKind] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    credit_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class ServiceArea(TenantScoped, Base):
    """A place that an organisation serves, from a day to a day, both included; or until now.

    It reaches everything below the place. Spans of one organisation at one place do not overlap.
    """

    __tablename__ = "service_area"
    __table_args__ = (
        CheckConstraint("served_to >= served_from", name="days"),
        Index("service_area_organisation_id_ix", "tenant_id", "organisation_id", "place_id"),
    )

    organisation_id: Mapped[UUID] = ref(Organisation, ondelete="CASCADE", index=False)
    place_id: Mapped[UUID] = ref(Place)
    served_from: Mapped[date] = mapped_column(Date)
    served_to: Mapped[date | None] = mapped_column(Date)
