"""The page on which a district answers somebody who wants a copy of their data, or wants it gone.

The number travels in forms, never in an address, so that no log holds it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.accounts.identity import mask_phone, normalise_phone
from core.accounts.permissions import PERSON_ERASE, PERSON_EXPORT
from core.clock import local, now
from core.db import db
from core.errors import Conflict, Invalid, LinliError
from core.places.models import Place
from core.plugin_host.host import plugin_host
from core.privacy import schemas, service
from core.privacy.contract import Counts, Subject
from core.privacy.document import document
from core.privacy.preview import preview
from core.tenancy import required
from core.web.access import Area
from core.web.forms import Form
from core.web.gate import required_gate
from core.web.refusals import record_refusal, refuse

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
    return _found(subject)


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
        titles = service.titles(plugin_host(), subject)
        erased = service.erase_person(gate.visitor, plugin_host(), _district(), subject)
    except Conflict as error:
        record_refusal(error)
        return _found(subject, refusal=str(error.message)), error.status
    except LinliError as error:
        refuse(form, error)
        return _page(form), error.status
    flash(_report(erased, titles), "success")
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


def _found(subject: Subject, refusal: str = "") -> str:
    gate = required_gate()
    found = service.look_up_person(gate.visitor, plugin_host(), _district(), subject)
    return render_template(
        "privacy/found.html",
        gate=gate,
        phone=subject.phone,
        masked=mask_phone(subject.phone),
        sections=[section for section in found if section.rows],
        preview=preview(plugin_host(), found),
        may_erase=gate.visitor.can(PERSON_ERASE, gate.place),
        refusal=refusal,
    )


def _report(erased: Counts, titles: Mapping[str, str]) -> str:
    each = [f"{titles.get(key, key)} {count}" for key, count in erased.items() if count]
    if not each:
        return str(_("There was nothing to erase."))
    return str(_("Erased: %(list)s.", list=_(", ").join(each)))


def _page(form: Form) -> str:
    return render_template("privacy/index.html", gate=required_gate(), form=form)


def _district() -> Place:
    return db.session.get_one(Place, (required(), required_gate().place.id))
