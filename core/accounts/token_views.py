"""Pages of one's own access tokens: make one, which is shown once, and revoke one."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.accounts import tokens
from core.accounts.models import UserAccount
from core.accounts.schemas import NewToken
from core.db import db
from core.errors import Conflict, Invalid
from core.plugin_host.host import plugin_host
from core.tenancy import required
from core.web.access import Area
from core.web.forms import Form
from core.web.gate import Gate, required_gate
from core.web.refusals import refuse

USUAL_DAYS = 90
area = Area("tokens", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int]


@area.page("/<place_code:place_code>/-/me/tokens/new", signed_in=True)
def new(place_code: str) -> Answer:
    """Ask what the token is for and what it may do."""
    gate = required_gate()
    return _page(gate, _form(gate))


@area.page("/<place_code:place_code>/-/me/tokens/new", signed_in=True, methods=["POST"])
def create(place_code: str) -> Answer:
    """Make the token and show it, this once."""
    gate = required_gate()
    form = _form(gate)
    data = form.load(request.form)
    if data is None:
        return _page(gate, form), 422
    user = db.session.get_one(UserAccount, (required(), gate.visitor.id))
    try:
        ticket = tokens.create(gate.visitor, plugin_host().catalogue, gate.trail[0], user, **data)
    except (Conflict, Invalid) as error:
        refuse(form, error)
        return _page(gate, form), error.status
    return render_template(
        "accounts/token_made.html", gate=gate, name=data["name"], token=tokens.written(ticket)
    )


@area.page(
    "/<place_code:place_code>/-/me/tokens/<uuid:token_id>/revoke", signed_in=True, methods=["POST"]
)
def revoke(place_code: str, token_id: UUID) -> Answer:
    """End one of one's own tokens."""
    gate = required_gate()
    tokens.revoke(gate.visitor, gate.trail[0], token_id)
    flash(_("The token was revoked; it opens nothing any more."), "success")
    return redirect(f"{gate.place.url}me", 303)


def _form(gate: Gate) -> Form:
    """Offer what the visitor holds anywhere in the district."""
    catalogue = plugin_host().catalogue
    held = frozenset().union(*(h.permissions for h in gate.visitor.held))
    options = [
        (name, _("%(label)s (%(name)s)", label=catalogue.label(name), name=name))
        for name in sorted(held)
    ]
    return Form.build(NewToken, {"days": USUAL_DAYS}, options={"permissions": options})


def _page(gate: Gate, form: Form) -> str:
    return render_template("accounts/token_new.html", gate=gate, form=form)
