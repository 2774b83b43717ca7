"""Reads of the shared list of tenants."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from sqlalchemy import select

from core.db import db
from core.errors import NotFound
from core.tenancy.models import Tenant


def get(tenant_id: int) -> Tenant:
    """Return a tenant.

    Raises:
        NotFound: no tenant has this id (field ``code``).
    """
    tenant = db.session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(
            _("No district with the code %(code)s is on board.", code=tenant_id), field="code"
        )
    return tenant


def all_tenants() -> list[Tenant]:
    """Return all tenants in the order of their route codes."""
    return list(db.session.execute(select(Tenant).order_by(Tenant.route_code)).scalars())


def suspended() -> frozenset[int]:
    """Return the ids of the tenants whose service is suspended."""
    return frozenset(
        db.session.execute(select(Tenant.id).where(Tenant.status == "suspended")).scalars()
    )


def id_of_route(route_code: str) -> int | None:
    """Return the id of the tenant whose addresses begin with ``route_code``."""
    return db.session.execute(
        select(Tenant.id).where(Tenant.route_code == route_code)
    ).scalar_one_or_none()
