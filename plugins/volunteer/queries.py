"""Reads of Volunteer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from core.sdk import NotFound, PlaceView, db, now, tenant_id
from plugins.volunteer.models import Activity, SignUp


@dataclass(frozen=True)
class Listed:
    """An activity with how many places are taken."""

    activity: Activity
    taken: int

    @property
    def left(self) -> int:
        return max(0, self.activity.capacity - self.taken)

    @property
    def over(self) -> bool:
        return self.activity.ends_at <= now()


def of_place(
    place: PlaceView, *, title: str = "", status: str = "", page: int = 1, size: int = 50
) -> tuple[list[Listed], int]:
    """Return one page of a community's activities, latest first, and how many there are."""
    criteria: list[ColumnElement[bool]] = [Activity.place_id == place.id]
    if title:
        criteria.append(Activity.title.contains(title, autoescape=True))
    if status:
        criteria.append(Activity.status == status)
    total = db.session.execute(
        select(func.count()).select_from(Activity).where(*criteria)
    ).scalar_one()
    rows = db.session.execute(
        select(Activity, _taken())
        .where(*criteria)
        .order_by(Activity.starts_at.desc(), Activity.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return [Listed(*row) for row in rows], total


def public_of_place(place: PlaceView, *, page: int = 1, size: int = 20) -> tuple[list[Listed], int]:
    """Return one page of what everybody may see and is not over, soonest first, and the total."""
    criteria = (
        Activity.place_id == place.id,
        Activity.status.in_(("published", "cancelled")),
        Activity.ends_at > now(),
    )
    total = db.session.execute(
        select(func.count()).select_from(Activity).where(*criteria)
    ).scalar_one()
    rows = db.session.execute(
        select(Activity, _taken())
        .where(*criteria)
        .order_by(Activity.starts_at, Activity.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return [Listed(*row) for row in rows], total


def get(place: PlaceView, activity_id: UUID, *, public: bool = False) -> Listed:
    """Return an activity of ``place``.

    Raises:
        NotFound: there is none, or with ``public`` it was never published.
    """
    row: Any = db.session.execute(
        select(Activity, _taken()).filter_by(id=activity_id, place_id=place.id)
    ).one_or_none()
    if row is None or (public and row[0].status == "draft"):
        raise NotFound()
    return Listed(*row)


def signed_up(activity_id: UUID) -> list[SignUp]:
    """Return who will come, in the order of entry."""
    return list(
        db.session.execute(
            select(SignUp)
            .where(SignUp.activity_id == activity_id, SignUp.withdrawn_at.is_(None))
            .order_by(SignUp.created_at, SignUp.id)
        ).scalars()
    )


def get_sign_up(activity: Activity, sign_up_id: UUID) -> SignUp:
    """Return a sign-up of ``activity`` that stands.

    Raises:
        NotFound: there is none, or it was taken back.
    """
    entered = db.session.get(SignUp, (tenant_id(), sign_up_id))
    if entered is None or entered.activity_id != activity.id or entered.withdrawn_at:
        raise NotFound()
    return entered


def places_taken(activity_id: UUID) -> int:
    """Return how many people will come."""
    return db.session.execute(
        select(func.count())
        .select_from(SignUp)
        .where(SignUp.activity_id == activity_id, SignUp.withdrawn_at.is_(None))
    ).scalar_one()


def is_signed_up(activity_id: UUID, phone_index: str) -> bool:
    """Say whether a phone number, by its blind index, is entered already."""
    found = db.session.execute(
        select(SignUp.id).where(
            SignUp.activity_id == activity_id,
            SignUp.phone_index == phone_index,
            SignUp.withdrawn_at.is_(None),
        )
    )
    return found.first() is not None


def _taken() -> Any:
    return (
        select(func.count())
        .select_from(SignUp)
        .where(
            SignUp.tenant_id == Activity.tenant_id,
            SignUp.activity_id == Activity.id,
            SignUp.withdrawn_at.is_(None),
        )
        .correlate(Activity)
        .scalar_subquery()
    )
