"""Reads of activities and of who will come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select

from core.sdk import NotFound, Page, Paging, PlaceView, db, now, paged, tenant_id
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
    def open(self) -> bool:
        """Whether people can still be signed up, were there room."""
        return self.activity.status == "published" and not self.over

    @property
    def over(self) -> bool:
        return self.activity.ends_at <= now()


def of_place(
    place: PlaceView, paging: Paging, *, title: str = "", status: str = ""
) -> Page[Listed]:
    """Return one page of a community's activities: to come, soonest first; then those before."""
    past = Activity.ends_at <= now()
    query = (
        select(Activity, _taken())
        .where(Activity.place_id == place.id)
        .order_by(
            past,
            case((past, None), else_=Activity.starts_at),
            Activity.starts_at.desc(),
            Activity.id,
        )
    )
    if title:
        query = query.where(Activity.title.contains(title, autoescape=True))
    if status:
        query = query.where(Activity.status == status)
    return _listed(query, paging)


def public_of_place(place: PlaceView, paging: Paging) -> Page[Listed]:
    """Return one page of what was published and is not over, soonest first."""
    query = (
        select(Activity, _taken())
        .where(
            Activity.place_id == place.id,
            Activity.published_at.is_not(None),
            Activity.ends_at > now(),
        )
        .order_by(Activity.starts_at, Activity.id)
    )
    return _listed(query, paging)


def get(
    place: PlaceView, activity_id: UUID, *, public: bool = False, for_change: bool = False
) -> Listed:
    """Return an activity of ``place``; with ``for_change``, nobody else changes it meanwhile.

    Raises:
        NotFound: there is none, or with ``public`` it was never published.
    """
    query = _ONE_FOR_CHANGE if for_change else _ONE
    row: Any = db.session.execute(query, {"id": activity_id, "place": place.id}).one_or_none()
    if row is None or (public and row[0].published_at is None):
        raise NotFound()
    return Listed(*row)


def get_sign_up(activity: Activity, sign_up_id: UUID) -> SignUp:
    """Return a sign-up of ``activity``.

    Raises:
        NotFound: there is none, or it was withdrawn.
    """
    entered = db.session.get(SignUp, (tenant_id(), sign_up_id))
    if entered is None or entered.activity_id != activity.id:
        raise NotFound()
    return entered


def count_signed_up(activity_id: UUID) -> int:
    """Return how many people will come."""
    return db.session.execute(
        select(func.count()).select_from(SignUp).where(SignUp.activity_id == activity_id)
    ).scalar_one()


def has_signed_up(activity_id: UUID, volunteer_id: UUID) -> bool:
    """Say whether a volunteer signed up."""
    found = db.session.execute(
        select(SignUp.id).where(
            SignUp.activity_id == activity_id, SignUp.volunteer_id == volunteer_id
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
        )
        .correlate(Activity)
        .scalar_subquery()
    )


_ONE = select(Activity, _taken()).where(
    Activity.id == bindparam("id"), Activity.place_id == bindparam("place")
)
_ONE_FOR_CHANGE = _ONE.with_for_update(of=Activity)
"""Made once: building them took a fifth of a read by the API."""


def _listed(query: Select[*tuple[Any, ...]], paging: Paging) -> Page[Listed]:
    found = paged(query, paging)
    return replace(found, rows=[Listed(*row) for row in found.rows])
