"""Taking a district on board: its tenant, its key, its real tree and its first administrator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from core.accounts import service as accounts
from core.accounts.actor import Actor
from core.accounts.permissions import Catalogue
from core.accounts.tickets import Ticket
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.places import divisions, names
from core.places.codes import kind_of, parent_of
from core.places.models import Place
from core.tenancy import context, queries
from core.tenancy.keys import ciphers
from core.tenancy.models import Tenant


@dataclass(frozen=True)
class Onboarded:
    """What onboarding made. ``link`` lets the first administrator in, once."""

    tenant: int
    name: str
    streets: int
    communities: int
    link: Ticket


def district_to_onboard(code: str) -> divisions.District:
    """Return the district with this code.

    Raises:
        NotFound: there is none (field ``code``); the message names the nearest ones.
    """
    district = divisions.find(code)
    if district is None:
        found = [f"{d.code} {d.full_name}" for d in divisions.suggest(code)]
        nearest = gettext(", ").join(found)
        raise NotFound(
            _(
                "There is no district with the code %(code)s. Nearest: %(nearest)s",
                code=code[:20],
                nearest=nearest or "-",
            ),
            field="code",
        )
    return district


def onboard(
    actor: Actor,
    catalogue: Catalogue,
    district: divisions.District,
    *,
    admin_name: str,
    admin_phone: str,
    status: str = "trial",
) -> Onboarded:
    """Create the tenant of ``district``; the caller entered it and commits, or nothing happened.

    Raises:
        Conflict: the district is on board already (field ``code``).
        Invalid: the administrator's name or phone number cannot be accepted.
    """
    with attempt(
        actor,
        "core.tenant.create",
        object_type="tenant",
        object_id=district.code,
        place_code=district.code,
    ) as act:
        tenant = _create_tenant(district, status)
        ciphers().create()
        rows = _place_rows(district)
        db.session.execute(insert(Place), rows)
        root = db.session.get_one(Place, (tenant.id, rows[0]["id"]))
        admin = accounts.create_user(actor, root, name=admin_name, phone=admin_phone)
        accounts.grant_role(actor, catalogue, admin, root, "administrator")
        link = accounts.create_link(actor, catalogue, root, admin)
        kinds = [row["kind"] for row in rows]
        made = Onboarded(
            tenant.id, tenant.name, kinds.count("street"), kinds.count("community"), link
        )
        act.after = {"streets": made.streets, "communities": made.communities, "status": status}
    return made


def suspend(actor: Actor, tenant_id: int) -> Tenant:
    """Suspend a tenant; the caller entered it. Its data stays."""
    with _status_change(actor, tenant_id) as tenant:
        if tenant.status != "suspended":
            tenant.status, tenant.status_before = "suspended", tenant.status
    return tenant


def resume(actor: Actor, tenant_id: int) -> Tenant:
    """Let a suspended tenant go on as what it was; the caller entered it."""
    with _status_change(actor, tenant_id) as tenant:
        if tenant.status == "suspended":
            tenant.status, tenant.status_before = tenant.status_before or "active", None
    return tenant


@contextmanager
def _status_change(actor: Actor, tenant_id: int) -> Iterator[Tenant]:
    tenant = queries.get(tenant_id)
    with attempt(
        actor,
        "core.tenant.set_status",
        object_type="tenant",
        object_id=tenant.id,
        place_code=tenant.route_code,
    ) as act:
        act.before = {"status": tenant.status}
        yield tenant
        act.after = {"status": tenant.status}
        db.session.flush()


def _create_tenant(district: divisions.District, status: str) -> Tenant:
    tenant = Tenant(
        id=context.required(),
        route_code=district.code,
        name=district.name,
        city=district.city,
        province=district.province,
        status=status,
    )
    try:
        with db.session.begin_nested():
            db.session.add(tenant)
    except IntegrityError as error:
        raise Conflict(
            _("%(name)s is on board already.", name=district.full_name), field="code"
        ) from error
    return tenant


def _place_rows(district: divisions.District) -> list[dict[str, Any]]:
    ids: dict[str, UUID] = {}
    rows = []
    places = [(district.code, district.name), *divisions.places_of(district.code)]
    short = names.shown_all(places)
    for code, official in places:
        ids[code] = new_id()
        rows.append(
            {
                "tenant_id": context.required(),
                "id": ids[code],
                "code": code,
                "kind": kind_of(code),
                "parent_id": ids.get(parent_of(code) or ""),
                "name": short[code],
                "official_name": official,
                "created_at": now(),
            }
        )
    return rows
