"""The gate: tenant → place → plugin active? → permission, in that order, before any view.

Costs three round trips on a warm process: BEGIN with the tenant, one statement for the place and
its switches, one for the visitor.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from flask import Flask, current_app, g, request, session
from sqlalchemy import BindParameter, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import BadRequest

from core import tenancy
from core.accounts import tokens
from core.accounts.actor import ANONYMOUS, Actor
from core.accounts.queries import (
    actor_of_session,
    holder,
    holder_of_ended,
    token_statement,
)
from core.accounts.tickets import Ticket
from core.api.errors import TokenRefused, TokenRequired
from core.audit import attempt
from core.clock import now
from core.db import db, transaction
from core.errors import NotFound, SignInRequired, Suspended
from core.places.codes import ancestry, route_code
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host.activation import Quarantine, Switches
from core.plugin_host.host import plugin_host
from core.plugin_host.models import PluginEnablement, PluginFailure, PluginPolicy
from core.tenancy import queries as tenants
from core.tenancy.models import Tenant
from core.web.access import Access, access_of

SESSION_KEY = "ticket"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TenantView:
    """The district that a request is about."""

    id: int
    name: str
    route_code: str
    status: str


@dataclass(frozen=True)
class Gate:
    """What the gate found out, for views and for the shell."""

    tenant: TenantView
    trail: tuple[PlaceView, ...]
    switches: Switches
    active: frozenset[str]
    actor: Actor | None
    ticket: Ticket | None

    @property
    def place(self) -> PlaceView:
        return self.trail[-1]

    @property
    def visitor(self) -> Actor:
        """Whoever it is: the signed-in person, or somebody who holds nothing."""
        return self.actor or ANONYMOUS


Found = tuple[TenantView, tuple[PlaceView, ...], Switches, frozenset[str]]
"""The tenant, the places from the district down, the switches and the active plugins."""


def install(app: Flask) -> None:
    """Put the gate before every view of ``app``."""
    app.before_request(open_gate)
    app.teardown_request(_leave)
    app.extensions["linli.routes"] = {}


def current_gate() -> Gate | None:
    """Return what the gate found for this request, or ``None`` for pages without a district."""
    return getattr(g, "gate", None)


def required_gate() -> Gate:
    """Return what the gate found for this request, which is about a district."""
    gate: Gate = g.gate
    return gate


def open_gate() -> None:
    """Enter the tenant that the address names and check what its page declared.

    Raises:
        NotFound: no such tenant, place or active plugin, or none of the visitor's business.
        Suspended: the district's service is suspended.
        SignInRequired: nobody is signed in.
        TokenRequired, TokenRefused: a program did not say, in this district's terms, who it is.
        Forbidden: the visitor works here but lacks the permission.
    """
    arguments = request.view_args or {}
    code = arguments.get("place_code") or arguments.get("district_code")
    if request.endpoint is None or code is None:
        return
    _refuse_control_characters()
    access = access_of(current_app, request.endpoint)
    if access is None:
        raise NotFound()
    actor: Actor | None
    ticket: Ticket | None
    if access.api:
        found, actor = _program(code)
        ticket = None
    else:
        found = enter_place(code)
        actor, ticket = _visitor()
    g.gate = gate = Gate(*found, actor, ticket)
    if gate.tenant.status == "suspended":
        raise Suspended()
    if access.levels is not None and gate.place.kind not in access.levels:
        raise NotFound()
    if access.plugin is not None and access.plugin not in gate.active:
        raise NotFound()
    _check_visitor(access, gate)


def enter_place(code: str) -> Found:
    """Enter, for the rest of this request, the tenant of the place ``code``.

    Raises:
        NotFound: there is no such place.
    """
    _enter(_tenant_id(route_code(code)))
    return _look_up(code)


def _enter(tenant_id: int) -> None:
    g.leave = ExitStack()
    g.leave.enter_context(tenancy.enter(tenant_id))


def _check_visitor(access: Access, gate: Gate) -> None:
    if access.public:
        return
    if gate.actor is None:
        if SESSION_KEY in session and gate.ticket is None:
            raise NotFound()
        raise SignInRequired()
    if access.permission is None:
        return
    if not gate.actor.reaches(gate.place):
        raise NotFound()
    if not gate.actor.can(access.permission, gate.place):
        with attempt(
            gate.actor,
            access.permission,
            object_type="resource" if access.api else "page",
            object_id=request.endpoint,
            place_code=gate.place.code,
        ):
            raise gate.actor.lacks(access.permission)


def _refuse_control_characters() -> None:
    """PostgreSQL has no NUL in texts; no honest browser sends one."""
    asked = (request.path, *request.args, *request.args.values())
    if any("\0" in text for text in asked):
        raise BadRequest()


def _tenant_id(route: str) -> int:
    """Map a route code to its tenant. The mapping never changes, so it is kept."""
    known: dict[str, int] = current_app.extensions["linli.routes"]
    if route not in known:
        found = tenants.id_of_route(route)
        db.session.rollback()
        if found is None:
            raise NotFound()
        known[route] = found
    return known[route]


def _visitor() -> tuple[Actor | None, Ticket | None]:
    """Return who is signed in to this district, and with which session.

    A session of another district is no session here.
    """
    ticket = Ticket.parse(str(session.get(SESSION_KEY, "")))
    if ticket is None or ticket.tenant != tenancy.required():
        return None, None
    actor = actor_of_session(ticket, plugin_host().catalogue)
    if actor is None:
        session.pop(SESSION_KEY)
        return None, ticket
    return actor, ticket


def _program(code: str) -> tuple[Found, Actor]:
    """Enter the tenant of the token that was sent; return the place, and who acts by the token.

    The token is judged first: without a good one nothing is learnt about places. Both are read by
    one statement, since programs ask for little at a time.
    """
    scheme, _space, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRequired()
    ticket = tokens.parse(text.strip())
    try:
        tenant_id = _tenant_id(route_code(code))
    except NotFound:
        raise _forged() from None
    if ticket is None or ticket.tenant != tenant_id:
        raise _forged()
    _enter(tenant_id)
    asked = {"tenant": tenant_id, "codes": ancestry(code), "token": ticket.id, "now": now()}
    rows = db.session.connection().execute(_PLACE_BY_TOKEN, asked).all()
    found = holder(rows[0], ticket, plugin_host().catalogue) if rows else None
    if found is None:
        _refuse_token(ticket, code)
    if found.note_use:
        g.used_token = ticket.id
    return _understood(rows, code), found.actor


def _refuse_token(ticket: Ticket, code: str) -> NoReturn:
    """Record the try of a token that was good once: it may have got into other hands."""
    owner = holder_of_ended(ticket)
    if owner is None:
        raise _forged()
    with attempt(
        owner,
        "core.token.use",
        object_type="api_token",
        object_id=ticket.id,
        place_code=route_code(code),
    ):
        raise TokenRefused()


def _forged() -> TokenRefused:
    log.info("a token was refused that was never good here")
    return TokenRefused()


def _look_up(code: str) -> Found:
    rows = (
        db.session.connection()
        .execute(_PLACE, {"tenant": tenancy.required(), "codes": ancestry(code)})
        .all()
    )
    return _understood(rows, code)


def _understood(rows: Sequence[Any], code: str) -> Found:
    if not rows or rows[-1].code != code:
        raise NotFound()
    last = rows[-1]
    trail = tuple(
        PlaceView(r.id, r.code, r.grid_code, r.kind, r.name, r.official_name) for r in rows
    )
    tenant = TenantView(last.tenant_id, last.tenant_name, last.route_code, last.status)
    switches = Switches(
        frozenset(last.enabled or ()),
        last.policies or {},
        tuple(Quarantine(p, hook, datetime.fromisoformat(at)) for p, hook, at in last.aside or ()),
    )
    return tenant, trail, switches, plugin_host().active(trail[-1].kind, switches)


def _leave(_error: BaseException | None) -> None:
    if (stack := g.pop("leave", None)) is not None:
        with stack:
            db.session.rollback()
            if (token_id := g.pop("used_token", None)) is not None:
                _note_use(token_id)


def _note_use(token_id: UUID) -> None:
    """Keep that a token was used, whatever was answered; a failure there harms no answer."""
    try:
        with transaction():
            tokens.note_use(token_id)
    except SQLAlchemyError:
        log.exception("the use of token %s was not noted", token_id)


def _place_statement() -> Any:
    """The place and those above it, the tenant, switches, policies, and what is set aside."""
    place, tenant = Place.__table__, Tenant.__table__
    switched, policy = PluginEnablement.__table__, PluginPolicy.__table__
    failed = PluginFailure.__table__
    this: BindParameter[int] = bindparam("tenant")
    enabled = (
        select(func.array_agg(switched.c.plugin))
        .where(
            switched.c.tenant_id == this,
            switched.c.place_id == place.c.id,
            switched.c.disabled_at.is_(None),
        )
        .correlate(place)
        .scalar_subquery()
    )
    policies = (
        select(func.jsonb_object_agg(policy.c.plugin, policy.c.policy, type_=JSONB))
        .where(policy.c.tenant_id == this, policy.c.ended_at.is_(None))
        .scalar_subquery()
    )
    aside = (
        select(
            func.jsonb_agg(
                func.jsonb_build_array(failed.c.plugin, failed.c.hook, failed.c.retry_at),
                type_=JSONB,
            )
        )
        .where(
            failed.c.tenant_id == this,
            failed.c.place_id == place.c.id,
            failed.c.quarantined_at.is_not(None),
        )
        .correlate(place)
        .scalar_subquery()
    )
    return (
        select(
            place.c.tenant_id,
            place.c.id,
            place.c.code,
            place.c.grid_code,
            place.c.kind,
            place.c.name,
            place.c.official_name,
            tenant.c.name.label("tenant_name"),
            tenant.c.route_code,
            tenant.c.status,
            enabled.label("enabled"),
            policies.label("policies"),
            aside.label("aside"),
        )
        .select_from(place.join(tenant, tenant.c.id == place.c.tenant_id))
        .where(place.c.tenant_id == this, place.c.code.in_(bindparam("codes", expanding=True)))
        .order_by(place.c.code)
    )


def _place_by_token_statement() -> Any:
    """The token's row beside each row of the place; without the place, one row of the token."""
    token, place = token_statement().limit(1).subquery("token"), _PLACE.subquery("found")
    return select(token, place).select_from(token.outerjoin(place, true())).order_by(place.c.code)


_PLACE = _place_statement()
_PLACE_BY_TOKEN = _place_by_token_statement()
