"""What Volunteer hands out and erases when a person or a community asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update

from core.sdk import (
    Actor,
    Counts,
    PersonalDataHandlers,
    PlaceView,
    Section,
    Subject,
    db,
)
from plugins.volunteer.models import (
    Account,
    Activity,
    Attendance,
    Base,
    PointsRule,
    SignUp,
    Transfer,
    Volunteer,
)
from plugins.volunteer.service.people import phone_index, phone_of
from plugins.volunteer.texts import _

TITLES: Mapping[str, Any] = {
    "volunteer.volunteers": _("Volunteers"),
    "volunteer.activities": _("Volunteer activities"),
    "volunteer.sign_ups": _("Sign-ups"),
    "volunteer.attendances": _("Attendances and hours"),
    "volunteer.rules": _("Rules for points"),
    "volunteer.accounts": _("Accounts of points"),
    "volunteer.transfers": _("Points"),
}
_SECRET = ("tenant_id", "phone_sealed", "phone_index", "check_in_code")


def export_person(subject: Subject) -> Sequence[Section]:
    """Return everything about the person who has this number, in all communities."""
    people = _people(subject)
    ids = [person.id for person in people]
    attendances = _all(Attendance, Attendance.volunteer_id.in_(ids))
    return _sections(
        {
            "volunteer.volunteers": [_person(person) for person in people],
            "volunteer.sign_ups": _rows(_all(SignUp, SignUp.volunteer_id.in_(ids))),
            "volunteer.attendances": _rows(attendances),
            "volunteer.transfers": _rows(_all(Transfer, _touches(ids))),
            "volunteer.activities": _rows(_activities_of(ids)),
        }
    )


def erase_person(_actor: Actor, subject: Subject) -> Counts:
    """Take name and number away; hours and points stay, and nobody knows whose they are.

    Sign-ups of those who did not come, or not yet, are deleted.
    """
    ids = [person.id for person in _people(subject)]
    came = (
        select(Attendance.id)
        .where(
            Attendance.tenant_id == SignUp.tenant_id,
            Attendance.activity_id == SignUp.activity_id,
            Attendance.volunteer_id == SignUp.volunteer_id,
        )
        .exists()
    )
    gone = _run(delete(SignUp).where(SignUp.volunteer_id.in_(ids), ~came))
    nameless = _run(
        update(Volunteer)
        .where(Volunteer.id.in_(ids))
        .values(name="", phone_sealed=None, phone_index=None)
    )
    return {"volunteer.volunteers": nameless, "volunteer.sign_ups": gone}


def export_community(place: PlaceView) -> Sequence[Section]:
    """Return everything that the plugin holds for a community."""
    found: dict[str, Sequence[Mapping[str, Any]]] = {
        key: _rows(_all(model, condition)) for key, model, condition in _of_community(place)
    }
    people = _all(Volunteer, Volunteer.place_id == place.id)
    return _sections({**found, "volunteer.volunteers": [_person(person) for person in people]})


def erase_community(_actor: Actor, place: PlaceView) -> Counts:
    """Delete everything that the plugin holds for a community, the ledger included."""
    return {
        key: _run(delete(model).where(condition)) for key, model, condition in _of_community(place)
    }


HANDLERS = PersonalDataHandlers(
    export_person,
    erase_person,
    export_community,
    erase_community,
    erased=("volunteer.volunteers", "volunteer.sign_ups"),
)


def _of_community(place: PlaceView) -> Iterable[tuple[str, type[Base], Any]]:
    """Yield every table with its rows of a community, those that refer to others first."""
    accounts = select(Account.id).where(Account.place_id == place.id)
    activities = select(Activity.id).where(Activity.place_id == place.id)
    yield "volunteer.transfers", Transfer, Transfer.credit_account_id.in_(accounts)
    yield "volunteer.accounts", Account, Account.place_id == place.id
    yield "volunteer.attendances", Attendance, Attendance.activity_id.in_(activities)
    yield "volunteer.sign_ups", SignUp, SignUp.activity_id.in_(activities)
    yield "volunteer.rules", PointsRule, PointsRule.place_id == place.id
    yield "volunteer.activities", Activity, Activity.place_id == place.id
    yield "volunteer.volunteers", Volunteer, Volunteer.place_id == place.id


def _people(subject: Subject) -> Sequence[Volunteer]:
    return _all(Volunteer, Volunteer.phone_index == phone_index(subject.phone))


def _activities_of(ids: Sequence[Any]) -> Sequence[Any]:
    attended = select(Attendance.activity_id).where(Attendance.volunteer_id.in_(ids))
    signed = select(SignUp.activity_id).where(SignUp.volunteer_id.in_(ids))
    return _all(Activity, or_(Activity.id.in_(attended), Activity.id.in_(signed)))


def _touches(ids: Sequence[Any]) -> Any:
    return or_(Transfer.credit_account_id.in_(ids), Transfer.debit_account_id.in_(ids))


def _all(model: Any, condition: Any) -> Sequence[Any]:
    return db.session.execute(select(model).where(condition).order_by(model.id)).scalars().all()


def _run(statement: Any) -> int:
    """Run a set-based change and return how many rows it changed."""
    done: Any = db.session.execute(statement, execution_options={"synchronize_session": False})
    return int(done.rowcount)


def _person(volunteer: Volunteer) -> Mapping[str, Any]:
    return {**_row(volunteer), "phone": phone_of(volunteer)}


def _rows(found: Iterable[Any]) -> list[Mapping[str, Any]]:
    return [_row(row) for row in found]


def _row(found: Any) -> Mapping[str, Any]:
    """Return a row's columns as JSON values, without keys and seals."""
    return {
        column.name: _json(getattr(found, column.name))
        for column in found.__table__.columns
        if column.name not in _SECRET
    }


def _json(value: Any) -> Any:
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _sections(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Sequence[Section]:
    return [Section(key, TITLES[key], found[key]) for key in TITLES if key in found]
