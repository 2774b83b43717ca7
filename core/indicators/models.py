"""Values of indicators 指标: derived, so that they can be computed again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantOwned, ref


class IndicatorValue(TenantOwned, Base):
    """What an indicator measured at a place over a period.

    ``value`` counts in the indicator's stored unit, see its ``divisor``. ``source`` names the
    plugin and its version that computed it.
    """

    __tablename__ = "indicator_value"

    indicator: Mapped[str] = mapped_column(Text, primary_key=True)
    period: Mapped[str] = mapped_column(Text, primary_key=True)
    place_id: Mapped[UUID] = ref(Place, ondelete="CASCADE", primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)
    computed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    source: Mapped[str] = mapped_column(Text)
