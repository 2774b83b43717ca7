"""Pages of accounts: sign-in, one-time links, one's own account, people and their roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.accounts import queries, schemas, service
from core.accounts.actor import Actor
from core.accounts.models import UserAccount
from core.accounts.permissions import ACCOUNT_MANAGE, ACCOUNT_VIEW, PLACE_VIEW, ROLES
from core.accounts.service import SignInFailed
from core.accounts.tickets import Ticket, link_address
from core.clock import now
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.places.models import Place
from core.plugin_host.host import plugin_host
from core.tenancy import required
from core.web import i18n
from core.web.access import Area
from core.web.forms import Form
from core.web.gate import SESSION_KEY, Gate, required_gate
from core.web.listing import asked_page
from core.web.refusals import refuse
from core.web.returning import local_target
from core.web.throttle import (
    PER_ACCOUNT,
    PER_ACCOUNT_AND_ADDRESS,
    PER_ADDRESS,
    account_and_address_key,
    account_key,
    limiter,
    was_refused,
)

area = Area("accounts", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int]


@area.page("/<district_code:district_code>/-/sign-in", public=True)
def sign_in(district_code: str) -> Answer:
    """Ask who it is."""
    gate = required_gate()
    if gate.actor is not None:
        return _go(_first_page(gate, gate.actor))
    return _sign_in_page(Form.build(schemas.SignIn))


@area.page("/<district_code:district_code>/-/sign-in", public=True, methods=["POST"])
@limiter.limit(PER_ADDRESS, deduct_when=was_refused)
@limiter.limit(PER_ACCOUNT_AND_ADDRESS, key_func=account_and_address_key, deduct_when=was_refused)
@limiter.limit(PER_ACCOUNT, key_func=account_key, deduct_when=was_refused)
def sign_in_post(district_code: str) -> Answer:
    """Check who it is and lead to the first page of the place where they work."""
    gate = required_gate()
    form = Form.build(schemas.SignIn)
    data = form.load(request.form)
    if data is None:
        return _sign_in_page(form), 422
    try:
        ticket = service.sign_in(data["account"], data["password"], gate.place.code)
    except SignInFailed as error:
        refuse(form, error)
        return _sign_in_page(form), error.status
    return _go(local_target(request.form.get("next"), _welcome(ticket)))


@area.page("/<district_code:district_code>/-/sign-out", signed_in=True, methods=["POST"])
def sign_out(district_code: str) -> Answer:
    """Close this session."""
    gate = required_gate()
    if gate.ticket is not None:
        service.sign_out(gate.ticket, gate.visitor, gate.place.code)
    _forget()
    return _go(gate.place.public_url)


@area.page("/<district_code:district_code>/-/link/<ticket>", public=True)
def link(district_code: str, ticket: str) -> Answer:
    """Greet whom a one-time link was made for and ask for a password. Looking does not use it."""
    person = service.person_of_link(_ticket(ticket))
    return _link_page(Form.build(schemas.NewPassword), person.name)


@area.page("/<district_code:district_code>/-/link/<ticket>", public=True, methods=["POST"])
@limiter.limit(PER_ADDRESS)
def link_post(district_code: str, ticket: str) -> Answer:
    """Set the password and sign in; the link is used up."""
    parsed = _ticket(ticket)
    person = service.person_of_link(parsed)
    form = Form.build(schemas.NewPassword)
    data = form.load(request.form)
    if data is None:
        return _link_page(form, person.name), 422
    name = person.name
    try:
        opened = service.use_link(parsed, data["password"], required_gate().place.code)
    except Invalid as error:
        refuse(form, error)
        return _link_page(form, name), error.status
    return _go(_welcome(opened))


@area.page("/<place_code:place_code>/-/me", signed_in=True)
def me(place_code: str) -> Answer:
    """One's own account."""
    return _me_page(Form.build(schemas.ChangePassword))


@area.page("/<place_code:place_code>/-/me/password", signed_in=True, methods=["POST"])
@limiter.limit(PER_ADDRESS)
def password(place_code: str) -> Answer:
    """Change one's own password."""
    gate = required_gate()
    actor = gate.visitor
    assert gate.ticket is not None
    form = Form.build(schemas.ChangePassword)
    data = form.load(request.form)
    if data is None:
        return _me_page(form), 422
    try:
        service.change_password(
            actor,
            data["old_password"],
            data["password"],
            gate.tenant.route_code,
            keep=gate.ticket.id,
        )
    except Invalid as error:
        refuse(form, error)
        return _me_page(form), error.status
    flash(_("The password was changed; other devices are signed out."), "success")
    return _go(f"{gate.place.url}me")


@area.page("/<place_code:place_code>/-/me/sign-out-everywhere", signed_in=True, methods=["POST"])
def sign_out_everywhere(place_code: str) -> Answer:
    """Close all of one's sessions, on every device."""
    gate = required_gate()
    actor = gate.visitor
    service.sign_out_everywhere(actor, gate.tenant.route_code)
    _forget()
    flash(_("You are signed out on all devices."), "success")
    return _go(f"/{gate.tenant.route_code}/-/sign-in")


@area.page("/<place_code:place_code>/-/people", permission=ACCOUNT_VIEW)
def people(place_code: str) -> Answer:
    """Who holds which role at this place and below."""
    gate = required_gate()
    return render_template(
        "accounts/people.html",
        gate=gate,
        page=queries.members(place_code, asked_page()),
        roles=ROLES,
        may_manage=gate.visitor.can(ACCOUNT_MANAGE, gate.place),
    )


@area.page("/<place_code:place_code>/-/people/new", permission=ACCOUNT_MANAGE)
def new_person(place_code: str) -> Answer:
    """Ask for a person who gets a role here."""
    return _person_page(Form.build(schemas.NewPerson))


@area.page("/<place_code:place_code>/-/people/new", permission=ACCOUNT_MANAGE, methods=["POST"])
def add_person(place_code: str) -> Answer:
    """Create the account, grant the role and show the one-time link, this once."""
    gate = required_gate()
    actor = gate.visitor
    form = Form.build(schemas.NewPerson)
    data = form.load(request.form)
    if data is None:
        return _person_page(form), 422
    place = _place(gate)
    known = service.find_user(data["phone"]) if "existing" in request.form else None
    if known is not None:
        service.grant_role(actor, plugin_host().catalogue, known, place, data["role"])
        flash(_("%(name)s has the role now.", name=known.name), "success")
        return _go(f"{gate.place.url}people")
    try:
        user = service.create_user(actor, place, name=data["name"], phone=data["phone"])
        service.grant_role(actor, plugin_host().catalogue, user, place, data["role"])
    except (Invalid, Conflict, Forbidden) as error:
        refuse(form, error)
        taken = isinstance(error, Conflict) and error.field == "phone"
        return _person_page(form, taken=taken), error.status
    ticket = service.create_link(actor, plugin_host().catalogue, place, user)
    return _link_made(_("%(name)s was added", name=user.name), user, ticket)


@area.page("/<place_code:place_code>/-/people/<uuid:grant_id>", permission=ACCOUNT_MANAGE)
def member(place_code: str, grant_id: UUID) -> Answer:
    """One person's role here: a new link, or taking the role away."""
    gate = required_gate()
    place = _place(gate)
    grant, user = service.grant_at(place, grant_id), _holder(place, grant_id)
    return render_template(
        "accounts/member.html",
        gate=gate,
        grant_id=grant_id,
        name=user.name,
        login=user.login,
        phone=queries.masked_phone(user),
        role=ROLES.get(grant.role, grant.role),
    )


@area.page(
    "/<place_code:place_code>/-/people/<uuid:grant_id>/link",
    permission=ACCOUNT_MANAGE,
    methods=["POST"],
)
def renew_link(place_code: str, grant_id: UUID) -> Answer:
    """Make a new one-time link and show it, this once."""
    gate = required_gate()
    place = _place(gate)
    user = _holder(place, grant_id)
    ticket = service.create_link(gate.visitor, plugin_host().catalogue, place, user)
    return _link_made(_("New link for %(name)s", name=user.name), user, ticket)


@area.page(
    "/<place_code:place_code>/-/people/<uuid:grant_id>/revoke",
    permission=ACCOUNT_MANAGE,
    methods=["POST"],
)
def revoke(place_code: str, grant_id: UUID) -> Answer:
    """Take away a role that was granted at this place."""
    gate = required_gate()
    actor = gate.visitor
    service.revoke_role(actor, _place(gate), grant_id)
    flash(_("The role was taken away."), "success")
    return _go(f"{gate.place.url}people")


def _link_made(heading: str, user: UserAccount, ticket: Ticket) -> str:
    gate = required_gate()
    base_url = current_app.extensions["linli.config"].base_url
    return render_template(
        "accounts/link_made.html",
        gate=gate,
        heading=heading,
        name=user.name,
        address=link_address(base_url, gate.tenant.route_code, ticket),
    )


def _welcome(ticket: Ticket) -> str:
    """Start a fresh browser session for ``ticket`` and return where its owner works."""
    locale = session.get(i18n.SESSION_KEY)
    session.clear()
    session[SESSION_KEY] = str(ticket)
    session.permanent = True
    if locale:
        session[i18n.SESSION_KEY] = locale
    actor = queries.actor_of_session(ticket, plugin_host().catalogue)
    return _first_page(required_gate(), actor) if actor else "/"


def _first_page(gate: Gate, actor: Actor) -> str:
    home = actor.home(PLACE_VIEW)
    return f"/{home}/-/" if home else f"{gate.place.url}me"


def _forget() -> None:
    locale = session.get(i18n.SESSION_KEY)
    session.clear()
    if locale:
        session[i18n.SESSION_KEY] = locale


def _ticket(text: str) -> Ticket:
    ticket = Ticket.parse(text)
    if ticket is None or ticket.tenant != required():
        raise NotFound()
    return ticket


def _holder(place: Place, grant_id: UUID) -> UserAccount:
    grant = service.grant_at(place, grant_id)
    return db.session.get_one(UserAccount, (required(), grant.user_id))


def _place(gate: Gate) -> Place:
    return db.session.get_one(Place, (required(), gate.place.id))


def _go(url: str) -> Response:
    return redirect(url, 303)


def _sign_in_page(form: Form) -> str:
    target = local_target(request.values.get("next"), "")
    return render_template("accounts/sign_in.html", form=form, next=target)


def _link_page(form: Form, name: str) -> str:
    return render_template("accounts/link.html", form=form, name=name)


def _person_page(form: Form, *, taken: bool = False) -> str:
    return render_template("accounts/person_new.html", form=form, gate=required_gate(), taken=taken)


def _me_page(form: Form) -> str:
    gate = required_gate()
    actor = gate.visitor
    user: Any = db.session.get_one(UserAccount, (required(), actor.id))
    return render_template(
        "accounts/me.html",
        form=form,
        gate=gate,
        login=user.login,
        phone=queries.masked_phone(user),
        tokens=queries.tokens_of(user.id),
        permission_label=plugin_host().catalogue.label,
        now=now(),
        roles=[
            (ROLES.get(role, role), place, above)
            for role, place, above in queries.roles_of(user.id)
        ],
    )
