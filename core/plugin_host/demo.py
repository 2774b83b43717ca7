"""The demo's districts, filled by plugins: what core does for them there, and in which order."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from core.accounts import service as accounts
from core.accounts.actor import Actor, Held
from core.accounts.permissions import Role
from core.accounts.queries import roles_of
from core.db import db, transaction
from core.organisations import service as organisations
from core.organisations.models import Organisation, OrganisationKind, ServiceArea
from core.organisations.queries import with_credit_code
from core.places.models import Place
from core.places.queries import find_place
from core.places.view import PlaceView
from core.plugin_host import service as plugins
from core.plugin_host.at_work import at_work
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.loading import Installed
from core.tenancy import required

PASSWORD = "linli-demo-2026"  # noqa: S105 - printed on the screen; production mode refuses the demo

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DemoContext:
    """Handed to ``linli_demo_data``: one district of the demo, and what core does for it there.

    Everything here finds what an earlier start of the demo has made, and leaves it as it is.
    ``actor`` is the system, which may do everything.
    """

    actor: Actor
    district: PlaceView

    def place(self, code: str) -> PlaceView:
        """Return the place at this code; NotFound (field ``place``) when there is none."""
        return find_place(code)

    def enable(self, plugin_id: str, place: PlaceView) -> None:
        """Switch a plugin on at a community."""
        plugins.enable(self.actor, plugin_host(), _row(place), plugin_id)

    def person(self, login: str, name: str, place: PlaceView, role: Role) -> Actor:
        """Return who signs in as ``login`` with the demo's password, as the one who acts."""
        user = accounts.find_user(login)
        if user is None:
            at, catalogue = _row(place), plugin_host().catalogue
            user = accounts.create_user(self.actor, at, name=name, login=login, password=PASSWORD)
            accounts.grant_role(self.actor, catalogue, user, at, role)
        held = roles_of(user.id)
        carries = plugin_host().catalogue.of_role
        return Actor(
            user.id, user.name, tuple(Held(at.code, role, carries(role)) for role, at, _ in held)
        )

    def organisation(
        self, kind: OrganisationKind, name: str, credit_code: str | None, at: PlaceView
    ) -> Organisation:
        """Return the organisation with this code or, without one, of this name at this place."""
        if credit_code is not None:
            found = with_credit_code(credit_code)
        else:
            found = db.session.execute(
                select(Organisation).filter_by(
                    place_id=at.id, kind=kind, name=name, credit_code=None
                )
            ).scalar_one_or_none()
        return found or organisations.register(self.actor, at, kind, name, credit_code)

    def serve(self, organisation: Organisation, place: PlaceView, served_from: date) -> ServiceArea:
        """Let an organisation serve a place from a day on, the day included."""
        found = db.session.execute(
            select(ServiceArea).filter_by(
                organisation_id=organisation.id, place_id=place.id, served_from=served_from
            )
        ).scalar_one_or_none()
        return found or organisations.begin_service(self.actor, organisation, place, served_from)


def waves(host: PluginHost) -> tuple[list[Installed], list[Installed]]:
    """Return the plugins that have demo data: those to ask before core measures, and the others.

    First come those that contribute indicators, with what they require. In both lists a plugin
    stands behind what it requires, else in the order of ids.
    """
    ready = [(plugin, plugin.contribution) for plugin in host.ready() if plugin.contribution]
    measuring = [plugin.id for plugin, contribution in ready if contribution.indicators]
    first = {required for id_ in measuring for required in host.with_requirements(id_)}
    asked = sorted(
        (plugin for plugin, contribution in ready if contribution.demo_data),
        key=lambda plugin: (len(host.with_requirements(plugin.id)), plugin.id),
    )
    return [p for p in asked if p.id in first], [p for p in asked if p.id not in first]


def fill(plugin: Installed, actor: Actor, district_code: str) -> str:
    """Let a plugin fill the entered district in one transaction; return why it failed, or nothing.

    What a plugin that fails had made so far is undone.
    """
    assert plugin.contribution is not None and plugin.contribution.demo_data is not None
    try:
        with transaction():
            ctx = DemoContext(actor, find_place(district_code))
            with at_work(plugin):
                plugin.contribution.demo_data(ctx)
    except Exception as error:
        log.exception("the demo data of plugin %s failed", plugin.id)
        return f"{type(error).__name__}: {error}"
    finally:
        db.session.remove()
    return ""


def _row(place: PlaceView) -> Place:
    return db.session.get_one(Place, (required(), place.id))
