"""Rating methods 信用评价办法 as data: sections, levels and items, in versions.

Points are whole hundredths. A score is ``start`` plus, of each section, what its items add up to,
at most the section's cap, added or taken away by its sign.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Integer,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.red_property.models.base import Base


class Method(TenantScoped, Base):
    """One version of a method that a district adopted, with the file that it was loaded from.

    It holds from the beginning of ``in_force_on`` by the district's calendar, until another one
    does. ``valid_months`` is how long an item stands that states no term of its own.
    ``needs_section`` names a section without whose items a company is not graded, and
    ``veto_level`` the level of whoever has an item that vetoes.
    """

    __tablename__ = "p_red_property__method"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "place_id", "key", "version", name="p_red_property__method_version_key"
        ),
        CheckConstraint("version > 0", name="version"),
        CheckConstraint("valid_months > 0", name="valid_months"),
        {"info": {"access": "append-only"}},
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    key: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    in_force_on: Mapped[date] = mapped_column(Date)
    start: Mapped[int] = mapped_column(BigInteger)
    valid_months: Mapped[int] = mapped_column(Integer)
    needs_section: Mapped[str | None] = mapped_column(Text)
    veto_level: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    adopted_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class MethodSection(TenantScoped, Base):
    """A group of items that is added (sign 1) or taken away (sign −1), up to ``cap``."""

    __tablename__ = "p_red_property__method_section"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "method_id", "key", name="p_red_property__method_section_key_key"
        ),
        CheckConstraint("sign IN (-1, 1)", name="sign"),
        CheckConstraint("cap > 0", name="cap"),
        {"info": {"access": "append-only"}},
    )

    method_id: Mapped[UUID] = ref(Method, index=False)
    key: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    sign: Mapped[int] = mapped_column(Integer)
    cap: Mapped[int | None] = mapped_column(BigInteger)


class MethodLevel(TenantScoped, Base):
    """A level: scores from ``from_score`` up to the next better one; without it, all below.

    ``position`` 1 is the best. A level that only a veto leads to has ``by_score`` false.
    """

    __tablename__ = "p_red_property__method_level"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "method_id", "key", name="p_red_property__method_level_key_key"
        ),
        CheckConstraint("by_score OR from_score IS NULL", name="from_score"),
        {"info": {"access": "append-only"}},
    )

    method_id: Mapped[UUID] = ref(Method, index=False)
    key: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    by_score: Mapped[bool] = mapped_column(Boolean)
    from_score: Mapped[int | None] = mapped_column(BigInteger)


class MethodItem(TenantScoped, Base):
    """Something that gives or costs between ``least`` and ``most`` points, or vetoes.

    It stands for ``valid_months``, else for the method's; or, when ``until_rectified``, until
    somebody says that it was put right. ``article`` is where the rule stands; an ``example`` is
    not from the method's text. ``offered_on`` names an event of another plugin at which it is
    proposed, for ranks up to ``offered_to_rank``.
    """

    __tablename__ = "p_red_property__method_item"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "method_id", "code", name="p_red_property__method_item_code_key"
        ),
        CheckConstraint("least >= 0 AND most >= least", name="points"),
        CheckConstraint("valid_months > 0", name="valid_months"),
        CheckConstraint("(offered_on IS NULL) = (offered_to_rank IS NULL)", name="offered"),
        {"info": {"access": "append-only"}},
    )

    method_id: Mapped[UUID] = ref(Method, index=False)
    section_id: Mapped[UUID] = ref(MethodSection, index=False)
    code: Mapped[str] = mapped_column(Text(collation="C"))
    position: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    least: Mapped[int] = mapped_column(BigInteger)
    most: Mapped[int] = mapped_column(BigInteger)
    veto: Mapped[bool] = mapped_column(Boolean)
    valid_months: Mapped[int | None] = mapped_column(Integer)
    until_rectified: Mapped[bool] = mapped_column(Boolean)
    evidence_needed: Mapped[bool] = mapped_column(Boolean)
    article: Mapped[str] = mapped_column(Text)
    example: Mapped[bool] = mapped_column(Boolean)
    offered_on: Mapped[str | None] = mapped_column(Text)
    offered_to_rank: Mapped[int | None] = mapped_column(Integer)
