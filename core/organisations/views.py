"""Pages of organisations: those of a place, one of them, and whom it serves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.accounts.permissions import ORGANISATION_EDIT, ORGANISATION_VIEW
from core.clock import today
from core.errors import Conflict, Invalid, NotFound
from core.organisations import listing, queries, schemas, service
from core.organisations.credit_code import normalise_credit_code, written
from core.organisations.kinds import KINDS, SERVING_ANYWHERE
from core.organisations.models import Organisation
from core.places.queries import find_place, get_place
from core.web.access import Area
from core.web.forms import Form
from core.web.gate import required_gate
from core.web.listing import asked_page, choice, search_text
from core.web.refusals import refuse

area = Area("organisations", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int]
INDEX = "/<place_code:place_code>/-/organisations"
ONE = f"{INDEX}/<uuid:organisation_id>"
REFUSALS = (Conflict, Invalid)


@area.page(INDEX, permission=ORGANISATION_VIEW)
def index(place_code: str) -> Answer:
    """What this place keeps, and who serves it."""
    gate = required_gate()
    kind, name, code = choice("kind", KINDS), search_text("name"), search_text("code")
    page = listing.listed(
        gate.place, asked_page(), today(), kind=kind, name=name, credit_code=written(code)
    )
    return _page("index", page=page, kinds=KINDS, kind=kind, name=name, code=code)


@area.page(f"{INDEX}/new", permission=ORGANISATION_EDIT)
def new(place_code: str) -> Answer:
    """Ask for an organisation that this place keeps."""
    return _page("new", form=Form.build(schemas.OrganisationForm))


@area.page(f"{INDEX}/new", permission=ORGANISATION_EDIT, methods=["POST"])
def register(place_code: str) -> Answer:
    """Add it."""
    gate = required_gate()
    form = Form.build(schemas.OrganisationForm)
    data = form.load(request.form)
    if data is None:
        return _page("new", form=form), 422
    try:
        made = service.register(gate.visitor, gate.place, **data)
    except REFUSALS as error:
        refuse(form, error)
        taken = isinstance(error, Conflict) and error.field == "credit_code"
        way_out = _taken(data["credit_code"]) if taken else {}
        return _page("new", form=form, **way_out), error.status
    flash(_("%(name)s is added. Say which places it serves.", name=made.name), "success")
    return _go(f"organisations/{made.id}")


@area.page(f"{INDEX}/serving", permission=ORGANISATION_EDIT)
def new_serving(place_code: str) -> Answer:
    """Ask for the code of an organisation that serves this place."""
    known = {"credit_code": request.args.get("code", "")}
    return _page("serving", form=Form.build(schemas.ServingForm, known))


@area.page(f"{INDEX}/serving", permission=ORGANISATION_EDIT, methods=["POST"])
def begin_serving(place_code: str) -> Answer:
    """Say that it serves this place."""
    gate = required_gate()
    form = Form.build(schemas.ServingForm)
    data = form.load(request.form)
    if data is None:
        return _page("serving", form=form), 422
    try:
        found = queries.to_serve(gate.place, normalise_credit_code(data.pop("credit_code")))
        service.begin_service(gate.visitor, found, gate.place, **data)
    except (*REFUSALS, NotFound) as error:
        refuse(form, error)
        return _page("serving", form=form), 422 if isinstance(error, NotFound) else error.status
    flash(_("%(name)s serves this place.", name=found.name), "success")
    return _go(f"organisations/{found.id}")


@area.page(ONE, permission=ORGANISATION_VIEW)
def detail(place_code: str, organisation_id: UUID) -> Answer:
    """One organisation, and which places near by it serves from when to when."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    keeper = get_place(found.place_id)
    return _page(
        "detail",
        organisation=listing.line(found, keeper, gate.place),
        kinds=KINDS,
        page=listing.areas(found.id, gate.place, asked_page()),
        today=today(),
        may_edit=gate.visitor.can(ORGANISATION_EDIT, queries.corrected_at(found)),
        is_the_district_s=found.kind in SERVING_ANYWHERE,
        may_serve=gate.visitor.can(ORGANISATION_EDIT, gate.place),
        may_change=lambda place: gate.visitor.can(ORGANISATION_EDIT, place),
    )


@area.page(f"{ONE}/edit", permission=ORGANISATION_EDIT)
def edit(place_code: str, organisation_id: UUID) -> Answer:
    """The form with what the organisation is."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    service.require_change(gate.visitor, found)
    return _form_page("edit", found, Form.build(schemas.CorrectionForm, found), kinds=KINDS)


@area.page(f"{ONE}/edit", permission=ORGANISATION_EDIT, methods=["POST"])
def change(place_code: str, organisation_id: UUID) -> Answer:
    """Save what changed."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    form = Form.build(schemas.CorrectionForm)
    data = form.load(request.form)
    if data is None:
        service.require_change(gate.visitor, found)
        return _form_page("edit", found, form, kinds=KINDS), 422
    try:
        service.change(gate.visitor, found, **data)
    except REFUSALS as error:
        refuse(form, error)
        again = _again(organisation_id)
        return _form_page("edit", again, form, kinds=KINDS), error.status
    flash(_("The changes are saved."), "success")
    return _go(f"organisations/{organisation_id}")


@area.page(f"{ONE}/areas/new", permission=ORGANISATION_EDIT)
def new_area(place_code: str, organisation_id: UUID) -> Answer:
    """Ask which place it serves, and from when."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    wide = gate.place.kind in ("district", "street")
    return _form_page("area_new", found, _area_form({} if wide else {"place": place_code}))


@area.page(f"{ONE}/areas/new", permission=ORGANISATION_EDIT, methods=["POST"])
def begin_service(place_code: str, organisation_id: UUID) -> Answer:
    """Say that it serves a place at or below this one."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    form = _area_form({})
    data = form.load(request.form)
    if data is None:
        return _form_page("area_new", found, form), 422
    served = find_place(data.pop("place"))
    try:
        service.begin_service(gate.visitor, found, served, **data)
    except REFUSALS as error:
        refuse(form, error)
        return _form_page("area_new", _again(organisation_id), form), error.status
    flash(_("%(name)s serves %(place)s.", name=found.name, place=served.name), "success")
    return _go(f"organisations/{organisation_id}")


@area.page(f"{ONE}/areas/<uuid:area_id>", permission=ORGANISATION_EDIT)
def edit_area(place_code: str, organisation_id: UUID, area_id: UUID) -> Answer:
    """The form with from when to when it serves a place."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    served = listing.area(found.id, area_id, gate.place)
    gate.visitor.require(ORGANISATION_EDIT, served.place)
    return _form_page("area", found, Form.build(schemas.SpanForm, served.area), served=served)


@area.page(f"{ONE}/areas/<uuid:area_id>", permission=ORGANISATION_EDIT, methods=["POST"])
def change_area(place_code: str, organisation_id: UUID, area_id: UUID) -> Answer:
    """Save from when to when."""
    gate = required_gate()
    found = queries.find_organisation(organisation_id, gate.place)
    served = listing.area(found.id, area_id, gate.place)
    form = Form.build(schemas.SpanForm)
    data = form.load(request.form)
    if data is None:
        return _form_page("area", found, form, served=served), 422
    try:
        service.change_service(gate.visitor, served.area, **data)
    except REFUSALS as error:
        refuse(form, error)
        again = _again(organisation_id)
        served = listing.area(organisation_id, area_id, gate.place)
        return _form_page("area", again, form, served=served), error.status
    flash(_("The changes are saved."), "success")
    return _go(f"organisations/{organisation_id}")


def _taken(credit_code: str) -> dict[str, Any]:
    """Where to go with a code that is taken: to the organisation, or to say that it serves."""
    place = required_gate().place
    try:
        found = queries.to_serve(place, normalise_credit_code(credit_code))
    except NotFound:
        return {}
    try:
        return {"known": queries.find_organisation(found.id, place)}
    except NotFound:
        return {"servable": True}


def _area_form(known: dict[str, str]) -> Form:
    options = {"place": listing.places_to_serve(required_gate().place)}
    return Form.build(schemas.AreaForm, known, options=options)


def _again(organisation_id: UUID) -> Organisation:
    """Read it afresh: a refusal rolled back what was read before."""
    return queries.find_organisation(organisation_id, required_gate().place)


def _form_page(template: str, organisation: Organisation, form: Form, **more: Any) -> str:
    return _page(template, organisation=organisation, form=form, **more)


def _page(template: str, /, **values: Any) -> str:
    gate = required_gate()
    shown = {"gate": gate, "here": f"{gate.place.url}organisations"} | values
    return render_template(
        f"organisations/{template}.html",
        corrected_by_the_district=service.CORRECTED_BY_THE_DISTRICT,
        **shown,
    )


def _go(path: str) -> Response:
    return redirect(required_gate().place.url + path, 303)
