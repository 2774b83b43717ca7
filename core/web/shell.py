"""What surrounds every page: menu, trail, visitor, languages. Made without any SQL."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import Flask, g, request, url_for
from flask_babel import gettext as _

from core.accounts.permissions import (
    ACCOUNT_VIEW,
    AUDIT_VIEW,
    EVENT_MANAGE,
    INDICATOR_VIEW,
    JOB_VIEW,
    ORGANISATION_VIEW,
    PERSON_EXPORT,
    PLACE_VIEW,
    ROLES,
)
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.plugin_host.page import blueprint_name
from core.web import i18n
from core.web.gate import Gate, TenantView, current_gate
from core.web.returning import return_path


@dataclass(frozen=True)
class Link:
    """One entry of a menu, the trail or the phone's bar."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    badge: int = 0


@dataclass(frozen=True)
class Group:
    """A titled group of the menu."""

    label: str
    items: tuple[Link, ...]


@dataclass(frozen=True)
class Person:
    """The signed-in visitor as shown."""

    name: str
    role_label: str


@dataclass(frozen=True)
class Language:
    code: str
    label: str


@dataclass(frozen=True)
class Shell:
    """The contract between core and the layouts."""

    locale: str
    tenant: TenantView | None = None
    place: PlaceView | None = None
    trail: tuple[Link, ...] = ()
    menu: tuple[Group, ...] = ()
    bottom: tuple[Link, ...] = ()
    user: Person | None = None
    me_url: str = ""
    sign_in_url: str = "/"
    sign_out_url: str = ""
    switcher_url: str = ""
    locale_url: str = "/-/language"
    return_path: str = "/"
    languages: tuple[Language, ...] = field(
        default=tuple(Language(code, label) for code, label in i18n.LANGUAGES)
    )


def install(app: Flask) -> None:
    """Give every template its ``shell``."""
    app.context_processor(lambda: {"shell": _kept_shell()})


def _kept_shell() -> Shell:
    """The shell is made once, however many templates a page has."""
    if "shell" not in g:
        g.shell = current_shell()
    shell: Shell = g.shell
    return shell


def current_shell() -> Shell:
    """Return the shell of this request, as much of it as the gate found out."""
    gate = current_gate()
    if gate is None:
        return Shell(i18n.current(), return_path=return_path())
    base = f"/{gate.tenant.route_code}/-"
    return Shell(
        locale=i18n.current(),
        tenant=gate.tenant,
        place=gate.place,
        trail=_trail(gate),
        menu=_menu(gate),
        bottom=_bottom(gate),
        user=_person(gate),
        me_url=f"{_home(gate)}me",
        sign_in_url=f"{base}/sign-in",
        sign_out_url=f"{base}/sign-out",
        return_path=return_path(),
        switcher_url=f"{gate.place.url}places" if _sees_desk(gate) else "",
    )


def plugin_links(gate: Gate, *, public: bool, only: str | None = None) -> list[Link]:
    """Return the menu entries of the plugins active here: the public ones, or the desk's.

    Args:
        only: the id of the one plugin whose entries are wanted.
    """
    links = []
    for plugin, item in plugin_host().navigation(gate.active, gate.place.kind):
        if item.public != public or only not in (None, plugin.id):
            continue
        if item.permission is not None and not (
            gate.actor and gate.actor.can(item.permission, gate.place)
        ):
            continue
        url = url_for(f"{blueprint_name(plugin.id)}.{item.endpoint}", place_code=gate.place.code)
        links.append(Link(str(item.label), url, item.icon, _is_current(url)))
    here = max((link.url for link in links if link.current), key=len, default="")
    return [replace(link, current=link.url == here) for link in links]


def _sees_desk(gate: Gate) -> bool:
    return gate.actor is not None and gate.actor.can(PLACE_VIEW, gate.place)


def _person(gate: Gate) -> Person | None:
    if gate.actor is None:
        return None
    role = gate.actor.role_at(gate.place) or gate.actor.role_at(None)
    return Person(gate.actor.name, str(ROLES.get(role or "", "")))


def _trail(gate: Gate) -> tuple[Link, ...]:
    """The places above, each leading to its desk page for those who may see it."""
    seen = gate.actor
    return tuple(
        Link(p.name, p.url if seen and seen.can(PLACE_VIEW, p) else p.public_url)
        for p in gate.trail
    )


def _menu(gate: Gate) -> tuple[Group, ...]:
    if not _sees_desk(gate):
        return ()
    actor, place = gate.actor, gate.place
    assert actor is not None
    core = [
        (PLACE_VIEW, _("Overview"), "", "home"),
        (PLACE_VIEW, _("Places"), "places", "sitemap"),
        (ORGANISATION_VIEW, _("Organisations"), "organisations", "building-skyscraper"),
        (PLACE_VIEW, _("Applications"), "apps", "apps"),
        (ACCOUNT_VIEW, _("People and roles"), "people", "users"),
        (INDICATOR_VIEW, _("Indicators"), "indicators", "chart-bar"),
        (JOB_VIEW, _("Background work"), "jobs", "list-check"),
        (EVENT_MANAGE, _("Undelivered events"), "events", "send"),
        (AUDIT_VIEW, _("Audit log"), "audit", "history"),
    ]
    if place.kind == "district":
        core.append((PERSON_EXPORT, _("Personal data"), "personal-data", "shield-lock"))
    items = tuple(
        Link(label, place.url + path, icon, _is_current(place.url + path, exact=not path))
        for permission, label, path, icon in core
        if actor.can(permission, place)
    )
    groups = [Group(place.name, items)]
    if plugins := plugin_links(gate, public=False):
        groups.append(Group(_("Switched on here"), tuple(plugins)))
    return tuple(groups)


def _home(gate: Gate) -> str:
    """The desk to come back to: this place's, or where the visitor works."""
    if _sees_desk(gate):
        return gate.place.url
    return f"/{gate.visitor.home(PLACE_VIEW) or gate.tenant.route_code}/-/"


def _bottom(gate: Gate) -> tuple[Link, ...]:
    if gate.actor is None:
        return ()
    home = _home(gate)
    return (
        Link(_("Home"), home, "home", _is_current(home, exact=True)),
        Link(_("Applications"), f"{home}apps", "apps", _is_current(f"{home}apps")),
        Link(_("Me"), f"{home}me", "user", _is_current(f"{home}me")),
    )


def _is_current(url: str, *, exact: bool = False) -> bool:
    here = request.path
    return here == url if exact else here == url or here.startswith(url.rstrip("/") + "/")
