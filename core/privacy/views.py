"""The page on which a district answers somebody who wants a copy of their data, or wants it gone.

The number travels in forms, never in an address, so that no log holds it.
"""

from __future__ import annotations

import json

from flask import flash, redirect, render_template, request
from flask_babel import ngettext
from werkzeug.wrappers import Response

from core.accounts.identity import mask_phone, normalise_phone
from core.accounts.permissions import PERSON_ERASE, PERSON_EXPORT
from core.clock import local, now
from core.db import db
from core.errors import Invalid, LinliError
from core.places.models import Place
from core.plugin_host.host import plugin_host
from core.privacy import schemas, service
from core.privacy.contract import Subject
from core.privacy.document import document
from core.tenancy import required
from core.web.access import Area
from core.web.forms import Form
from core.web.gate import required_gate
from core.web.refusals import refuse

area = Area("privacy", __name__, template_folder="templates")

_RULE = "/<place_code:place_code>/-/personal-data"
_LEVELS = ("district",)
Answer = str | Response | tuple[str, int]


@area.page(_RULE, permission=PERSON_EXPORT, levels=_LEVELS)
def index(place_code: str) -> Answer:
    """Ask whose data it is about."""
    return _page(Form.build(schemas.Person))


@area.page(_RULE, permission=PERSON_EXPORT, levels=_LEVELS, methods=["POST"])
def look(place_code: str) -> Answer:
    """Count what is held about that person, and offer to hand it out or to erase it."""
    form, subject = _asked()
    if subject is None:
        return _page(form), Invalid.status
    gate = required_gate()
    found = service.look_up_person(gate.visitor, plugin_host(), _district(), subject)
    return render_template(
        "privacy/found.html",
        gate=gate,
        phone=subject.phone,
        masked=mask_phone(subject.phone),
        sections=[section for section in found if section.rows],
        erasable=[s for s in found if s.rows and s.key != "core.audit"],
        may_erase=gate.visitor.can(PERSON_ERASE, gate.place),
    )


@area.page(f"{_RULE}/export", permission=PERSON_EXPORT, levels=_LEVELS, methods=["POST"])
def export(place_code: str) -> Answer:
    """Hand everything out as one JSON file."""
    form, subject = _asked()
    if subject is None:
        return _page(form), Invalid.status
    gate = required_gate()
    found = service.export_person(gate.visitor, plugin_host(), _district(), subject)
    body = json.dumps(document(found), ensure_ascii=False, indent=2)
    name = f"personal-data-{local(now()):%Y%m%d-%H%M}.json"
    return Response(
        body,
        mimetype="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@area.page(f"{_RULE}/erase", permission=PERSON_ERASE, levels=_LEVELS, methods=["POST"])
def erase(place_code: str) -> Answer:
    """Erase the person everywhere in the district."""
    form, subject = _asked()
    if subject is None:
        return _page(form), Invalid.status
    gate = required_gate()
    try:
        erased = service.erase_person(gate.visitor, plugin_host(), _district(), subject)
    except LinliError as error:
        refuse(form, error)
        return _page(form), error.status
    count = sum(erased.values())
    flash(ngettext("Erased: %(num)s entry.", "Erased: %(num)s entries.", count), "success")
    return redirect(f"{gate.place.url}personal-data", 303)


def _asked() -> tuple[Form, Subject | None]:
    form = Form.build(schemas.Person)
    data = form.load(request.form)
    if data is None:
        return form, None
    try:
        return form, Subject(normalise_phone(data["phone"]))
    except Invalid as error:
        form.add_errors(error.fields)
        return form, None


def _page(form: Form) -> str:
    return render_template("privacy/index.html", gate=required_gate(), form=form)


def _district() -> Place:
    return db.session.get_one(Place, (required(), required_gate().place.id))
