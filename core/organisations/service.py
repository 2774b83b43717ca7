"""Verbs of organisations: keep them, and say from when to when they serve a place."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.accounts.actor import Actor
from core.accounts.permissions import ORGANISATION_EDIT
from core.audit import attempt
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.ids import new_id
from core.organisations.credit_code import normalise_credit_code
from core.organisations.kinds import ALWAYS_CODED, KINDS, SERVING_ANYWHERE
from core.organisations.models import Organisation, OrganisationKind, ServiceArea
from core.organisations.queries import corrected_at
from core.places.queries import get_place
from core.places.view import PlaceView
from core.texts import visible

LONGEST_NAME = 100
CORRECTED_BY_THE_DISTRICT = _(
    "Companies, social organisations and institutions are entered once for the whole district,"
    " which corrects their names and codes."
)


def register(
    actor: Actor,
    place: PlaceView,
    kind: OrganisationKind,
    name: str,
    credit_code: str | None = None,
) -> Organisation:
    """Add an organisation that ``place`` keeps from now on.

    Raises:
        Invalid: a kind, name or credit code that cannot be accepted, or a company without a code.
        Conflict: the code is taken in this district (field ``credit_code``), or ``place`` keeps
            one of that kind and name without a code (field ``name``).
        Forbidden: the actor may not keep organisations there.
    """
    organisation_id = new_id()
    with attempt(
        actor,
        "core.organisation.register",
        object_type="organisation",
        object_id=organisation_id,
        place_code=place.code,
    ) as act:
        actor.require(ORGANISATION_EDIT, place)
        checked = _checked(kind, name, credit_code)
        organisation = Organisation(id=organisation_id, place_id=place.id, **checked)
        _refuse_taken(organisation_id, place.id, checked)
        _store(organisation)
        act.after = checked
    return organisation


def change(
    actor: Actor,
    organisation: Organisation,
    kind: OrganisationKind,
    name: str,
    credit_code: str | None,
) -> None:
    """Correct an organisation's name and code; its kind and who keeps it stay.

    Raises:
        Invalid, Conflict: as :func:`register` does; another kind is refused too (field ``kind``).
        Forbidden: the actor may not edit organisations at ``queries.corrected_at``.
    """
    keeper = get_place(organisation.place_id)
    with attempt(
        actor,
        "core.organisation.change",
        object_type="organisation",
        object_id=organisation.id,
        place_code=keeper.code,
    ) as act:
        require_change(actor, organisation)
        if kind != organisation.kind:
            raise Invalid(_("What an organisation is stays as it was added."), field="kind")
        act.before = {key: getattr(organisation, key) for key in ("kind", "name", "credit_code")}
        checked = _checked(kind, name, credit_code)
        _refuse_taken(organisation.id, organisation.place_id, checked)
        for key, value in checked.items():
            setattr(organisation, key, value)
        _store(organisation)
        act.after = checked


def require_change(actor: Actor, organisation: Organisation) -> None:
    """Go on only when the actor may correct an organisation's name and code.

    Raises:
        Forbidden: the actor may not edit organisations at ``queries.corrected_at``.
    """
    if actor.can(ORGANISATION_EDIT, corrected_at(organisation)):
        return
    if organisation.kind in SERVING_ANYWHERE:
        raise Forbidden(CORRECTED_BY_THE_DISTRICT, permission=ORGANISATION_EDIT)
    raise actor.lacks(ORGANISATION_EDIT)


def begin_service(
    actor: Actor,
    organisation: Organisation,
    place: PlaceView,
    served_from: date,
    served_to: date | None = None,
) -> ServiceArea:
    """Say that an organisation serves ``place`` and all below it, first and last day included.

    Whoever may edit organisations at the served place may say so, whoever keeps the organisation.

    Raises:
        Invalid: it would end before it begins (field ``served_to``).
        Conflict: it serves that place on some of these days already (field ``served_from``).
        Forbidden: the actor may not edit organisations at ``place``.
    """
    area_id = new_id()
    with attempt(
        actor,
        "core.organisation.begin_service",
        object_type="service_area",
        object_id=area_id,
        place_code=place.code,
    ) as act:
        actor.require(ORGANISATION_EDIT, place)
        _lock(organisation.id)
        _refuse_span(area_id, organisation.id, place.id, served_from, served_to)
        area = ServiceArea(
            id=area_id,
            organisation_id=organisation.id,
            place_id=place.id,
            served_from=served_from,
            served_to=served_to,
        )
        db.session.add(area)
        db.session.flush()
        act.after = {"organisation": str(organisation.id), **_days(area)}
    return area


def change_service(
    actor: Actor, area: ServiceArea, served_from: date, served_to: date | None
) -> None:
    """Correct from when to when an organisation serves a place; no last day means until now.

    Raises:
        Invalid, Conflict, Forbidden: as :func:`begin_service` does.
    """
    place = get_place(area.place_id)
    with attempt(
        actor,
        "core.organisation.change_service",
        object_type="service_area",
        object_id=area.id,
        place_code=place.code,
    ) as act:
        actor.require(ORGANISATION_EDIT, place)
        _lock(area.organisation_id)
        db.session.refresh(area)
        _refuse_span(area.id, area.organisation_id, place.id, served_from, served_to)
        act.before = _days(area)
        area.served_from, area.served_to = served_from, served_to
        db.session.flush()
        act.after = _days(area)


def _checked(kind: str, name: str, credit_code: str | None) -> dict[str, Any]:
    if kind not in KINDS:
        raise Invalid(_("There is no such kind of organisation."), field="kind")
    name = visible(name).strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(
            _("Give a name of at most %(count)s characters.", count=LONGEST_NAME), field="name"
        )
    if kind in ALWAYS_CODED and not credit_code:
        raise Invalid(_("Every company has a unified social credit code."), field="credit_code")
    code = normalise_credit_code(credit_code) if credit_code else None
    return {"kind": kind, "name": name, "credit_code": code}


def _refuse_taken(organisation_id: UUID, keeper: UUID, checked: dict[str, Any]) -> None:
    others = select(Organisation.id).where(Organisation.id != organisation_id)
    if checked["credit_code"]:
        same = others.where(Organisation.credit_code == checked["credit_code"])
    else:
        same = others.where(
            Organisation.place_id == keeper,
            Organisation.kind == checked["kind"],
            Organisation.name == checked["name"],
            Organisation.credit_code.is_(None),
        )
    if db.session.execute(same).first() is not None:
        raise _taken(by_code=bool(checked["credit_code"]))


def _store(organisation: Organisation) -> None:
    """Flush; somebody may have taken the code or the name since it was looked for."""
    try:
        with db.session.begin_nested():
            db.session.add(organisation)
            db.session.flush()
    except IntegrityError as error:
        raise _taken(by_code="credit_code" in str(error.orig)) from error


def _taken(*, by_code: bool) -> Conflict:
    if by_code:
        return Conflict(
            _("An organisation of this district has this code already."), field="credit_code"
        )
    return Conflict(
        _("This place keeps one of this kind and name already. Tell them apart by name or code."),
        field="name",
    )


def _refuse_span(
    area_id: UUID, organisation_id: UUID, place_id: UUID, first: date, last: date | None
) -> None:
    if last is not None and last < first:
        raise Invalid(_("The last day comes before the first."), field="served_to")
    overlapping = select(ServiceArea.id).where(
        ServiceArea.organisation_id == organisation_id,
        ServiceArea.place_id == place_id,
        ServiceArea.id != area_id,
        ServiceArea.served_to.is_(None) | (ServiceArea.served_to >= first),
    )
    if last is not None:
        overlapping = overlapping.where(ServiceArea.served_from <= last)
    if db.session.execute(overlapping).first() is not None:
        raise Conflict(
            _("It serves this place on some of these days already."), field="served_from"
        )


def _lock(organisation_id: UUID) -> None:
    """Let nobody else say whom this organisation serves until the transaction ends."""
    db.session.execute(
        select(Organisation.id).filter_by(id=organisation_id).with_for_update(key_share=True)
    )


def _days(area: ServiceArea) -> dict[str, str | None]:
    return {
        "served_from": area.served_from.isoformat(),
        "served_to": area.served_to.isoformat() if area.served_to else None,
    }
