"""Who was there, and for how long."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
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

from core.sdk import TenantScoped, ref
from plugins.volunteer.models.activities import Activity
from plugins.volunteer.models.base import Base
from plugins.volunteer.models.ledger import PointsRule
from plugins.volunteer.models.people import Volunteer


class Attendance(TenantScoped, Base):
    """A volunteer's presence at an activity, and the service time 服务时间 confirmed for it.

    ``how`` says whether staff checked the person in, or the person did by the code on site.
    ``served_on`` is the district's date on which the activity began: all its time counts for that
    day. ``minutes_confirmed`` is the time that counts, in minutes (Measures for Recording Voluntary
    Service, in force 2021-02-01, art. 7: the organisation sets it by what was given, in hours);
    who confirmed it is an account, or nobody when the system did. No index holds what checking out
    and confirming write, so that these stay within a page, half of which is kept free for them.
    """

    __tablename__ = "p_volunteer__attendance"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id",
            "activity_id",
            "volunteer_id",
            name="p_volunteer__attendance_volunteer_key",
        ),
        CheckConstraint("how IN ('staff', 'code')", name="how"),
        CheckConstraint("checked_out_at > checked_in_at", name="times"),
        CheckConstraint("minutes_confirmed BETWEEN 0 AND 1440", name="minutes"),
        CheckConstraint(
            "(minutes_confirmed IS NULL) = (confirmed_at IS NULL)"
            " AND (minutes_confirmed IS NULL) = (rule_id IS NULL)"
            " AND (minutes_confirmed IS NULL OR checked_out_at IS NOT NULL)",
            name="confirmed",
        ),
        Index("p_volunteer__attendance_day_ix", "tenant_id", "volunteer_id", "served_on"),
    )

    activity_id: Mapped[UUID] = ref(Activity, index=False)
    volunteer_id: Mapped[UUID] = ref(Volunteer, index=False)
    served_on: Mapped[date] = mapped_column(Date)
    checked_in_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    checked_out_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    how: Mapped[str] = mapped_column(Text)
    minutes_confirmed: Mapped[int | None] = mapped_column(Integer)
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    confirmed_by: Mapped[UUID | None] = mapped_column(Uuid)
    rule_id: Mapped[UUID | None] = ref(PointsRule, nullable=True, index=False)

    def minutes_present(self, activity: Activity) -> int:
        """How many whole minutes of the activity the volunteer was there; 0 while they still are.

        Who comes early or leaves late, or is checked out only the next day, gave no more for it.
        """
        if self.checked_out_at is None:
            return 0
        end = min(self.checked_out_at, activity.ends_at)
        stayed = end - max(self.checked_in_at, activity.starts_at)
        return max(0, int(stayed.total_seconds()) // 60)
