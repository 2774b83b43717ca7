"""Schemes 评比方案: what is judged, by whom, and with which weight; in versions.

Points are whole hundredths: a weight of 2,000 is 20 points of 100. The weights of a published
version sum to 10,000.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.evaluation.models.base import Base

CriterionKind = Literal["score", "count", "indicator", "veto"]
CRITERION_KINDS: tuple[CriterionKind, ...] = ("score", "count", "indicator", "veto")
Direction = Literal["more", "fewer"]
DIRECTIONS: tuple[Direction, ...] = ("more", "fewer")
Cycle = Literal["month", "quarter", "half_year", "year"]
CYCLES: tuple[Cycle, ...] = ("month", "quarter", "half_year", "year")
Rhythm = Literal["once", "month", "quarter"]
RHYTHMS: tuple[Rhythm, ...] = ("once", "month", "quarter")


class Scheme(TenantScoped, Base):
    """A competition that a place holds again and again among places of one kind below it.

    ``contestants`` is a kind of place below the owner: communities of a street, courtyards of a
    community, households of a courtyard. ``template`` names the shipped example it began from.
    """

    __tablename__ = "p_evaluation__scheme"
    __table_args__ = (
        CheckConstraint("cycle IN ('month', 'quarter', 'half_year', 'year')", name="cycle"),
        CheckConstraint(
            "contestants IN ('street', 'community', 'courtyard', 'household')", name="contestants"
        ),
    )

    place_id: Mapped[UUID] = ref(Place)
    title: Mapped[str] = mapped_column(Text)
    contestants: Mapped[str] = mapped_column(Text)
    cycle: Mapped[Cycle] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SchemeVersion(TenantScoped, Base):
    """What a scheme says at a time. Once published it never changes; a season keeps its version.

    ``notice_days`` and ``objection_days`` are calendar days. ``rhythm`` is how often a season is
    scored. An award goes to the ranks up to ``award_ranks`` that are not vetoed and reach
    ``award_line`` (hundredths of a point).

    The table is not called a version, since tables of that name belong to the migrations.
    """

    __tablename__ = "p_evaluation__scheme_version"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "scheme_id", "number", name="p_evaluation__scheme_version_number_key"
        ),
        Index(
            "p_evaluation__scheme_version_draft_key",
            "tenant_id",
            "scheme_id",
            unique=True,
            postgresql_where="published_at IS NULL",
        ),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("rhythm IN ('once', 'month', 'quarter')", name="rhythm"),
        CheckConstraint("notice_days BETWEEN 1 AND 60", name="notice_days"),
        CheckConstraint("objection_days BETWEEN 1 AND notice_days", name="objection_days"),
        CheckConstraint("award_ranks >= 0", name="award_ranks"),
        CheckConstraint("award_line BETWEEN 0 AND 10000", name="award_line"),
    )

    scheme_id: Mapped[UUID] = ref(Scheme, ondelete="CASCADE", index=False)
    number: Mapped[int] = mapped_column(Integer)
    rhythm: Mapped[Rhythm] = mapped_column(Text)
    notice_days: Mapped[int] = mapped_column(Integer)
    objection_days: Mapped[int] = mapped_column(Integer)
    objections_to: Mapped[str] = mapped_column(Text)
    award_title: Mapped[str] = mapped_column(Text)
    award_ranks: Mapped[int] = mapped_column(Integer)
    award_line: Mapped[int] = mapped_column(Integer)
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class Criterion(TenantScoped, Base):
    """One thing that is judged.

    ``full`` earns the whole weight: the highest mark of a ``score`` in hundredths, or so many of a
    ``count`` or ``indicator`` (the indicator's stored unit); with the direction ``fewer``, so many
    earn nothing. A ``veto`` has weight 0: one entry bars the contestant. ``scorers`` is the role
    of those who enter it, as the scheme calls it, and empty for an indicator. ``tie_order`` says
    which criteria break ties, the lowest first.
    """

    __tablename__ = "p_evaluation__criterion"
    __table_args__ = (
        UniqueConstraint("tenant_id", "version_id", "key", name="p_evaluation__criterion_key_key"),
        CheckConstraint("kind IN ('score', 'count', 'indicator', 'veto')", name="kind"),
        CheckConstraint("direction IN ('more', 'fewer')", name="direction"),
        CheckConstraint("full_value > 0", name="full"),
        CheckConstraint(
            "weight BETWEEN 0 AND 10000 AND (kind = 'veto') = (weight = 0)", name="weight"
        ),
        CheckConstraint("(kind = 'indicator') = (indicator IS NOT NULL)", name="indicator"),
        CheckConstraint("(kind = 'indicator') = (scorers IS NULL)", name="scorers"),
    )

    version_id: Mapped[UUID] = ref(SchemeVersion, ondelete="CASCADE", index=False)
    key: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    kind: Mapped[CriterionKind] = mapped_column(Text)
    direction: Mapped[Direction] = mapped_column(Text, default="more")
    weight: Mapped[int] = mapped_column(Integer)
    full: Mapped[int] = mapped_column("full_value", BigInteger)
    scorers: Mapped[str | None] = mapped_column(Text)
    indicator: Mapped[str | None] = mapped_column(Text)
    tie_order: Mapped[int | None] = mapped_column(Integer)
