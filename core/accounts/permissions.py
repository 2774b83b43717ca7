"""Permissions and the roles that suggest them. A role is held at a place and reaches its subtree.

A permission is a string ``plugin.noun.verb``; core's begin with ``core``. Whoever declares one
says which roles carry it, so a plugin's pages work as soon as it is switched on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import lazy_gettext as _

Role = Literal["administrator", "staff", "viewer", "auditor"]

ROLES: dict[str, Any] = {
    "administrator": _("Administrator"),
    "staff": _("Staff"),
    "viewer": _("Viewer"),
    "auditor": _("Auditor"),
}
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Permission:
    """One thing that may be allowed.

    Args:
        name: ``plugin.noun.verb``.
        label: what it allows, for people.
        roles: the roles that carry it.
    """

    name: str
    label: Any
    roles: tuple[Role, ...]


ACCOUNT_MANAGE = "core.account.manage"
ACCOUNT_VIEW = "core.account.view"
AUDIT_VIEW = "core.audit.view"
EVENT_MANAGE = "core.event.manage"
INDICATOR_VIEW = "core.indicator.view"
JOB_CANCEL = "core.job.cancel"
JOB_VIEW = "core.job.view"
ORGANISATION_EDIT = "core.organisation.edit"
ORGANISATION_VIEW = "core.organisation.view"
PERSON_ERASE = "core.person.erase"
PERSON_EXPORT = "core.person.export"
PLACE_VIEW = "core.place.view"
PLUGIN_ALLOW = "core.plugin.allow"
PLUGIN_CONFIGURE = "core.plugin.configure"
PLUGIN_ENABLE = "core.plugin.enable"
PLUGIN_OPERATE = "core.plugin.operate"

CORE: tuple[Permission, ...] = (
    Permission(ACCOUNT_MANAGE, _("Add people and grant roles"), ("administrator",)),
    Permission(ACCOUNT_VIEW, _("See people and their roles"), ("administrator", "auditor")),
    Permission(AUDIT_VIEW, _("Read the audit log"), ("administrator", "auditor")),
    Permission(
        EVENT_MANAGE, _("See and replay events that could not be delivered"), ("administrator",)
    ),
    Permission(
        INDICATOR_VIEW, _("See indicators"), ("administrator", "staff", "viewer", "auditor")
    ),
    Permission(JOB_CANCEL, _("Cancel background work"), ("administrator", "staff")),
    Permission(JOB_VIEW, _("See background work and its progress"), ("administrator", "staff")),
    Permission(
        ORGANISATION_EDIT,
        _("Keep organisations and say which places they serve"),
        ("administrator", "staff"),
    ),
    Permission(
        ORGANISATION_VIEW,
        _("See organisations and the places that they serve"),
        ("administrator", "staff", "viewer", "auditor"),
    ),
    Permission(PERSON_ERASE, _("Erase what is held about a person"), ("administrator",)),
    Permission(PERSON_EXPORT, _("Export what is held about a person"), ("administrator",)),
    Permission(
        PLACE_VIEW,
        _("See the desk pages of a place"),
        ("administrator", "staff", "viewer", "auditor"),
    ),
    Permission(
        PLUGIN_ALLOW, _("Decide which applications communities may use"), ("administrator",)
    ),
    Permission(PLUGIN_CONFIGURE, _("Change settings of applications"), ("administrator",)),
    Permission(PLUGIN_ENABLE, _("Switch applications on and off"), ("administrator",)),
    Permission(
        PLUGIN_OPERATE, _("See what failed in applications and try it again"), ("administrator",)
    ),
)


class Catalogue:
    """All declared permissions, and what each role carries."""

    def __init__(self, declared: Iterable[Permission] = CORE) -> None:
        self._by_name: dict[str, Permission] = {}
        self._by_role: dict[str, frozenset[str]] = {}
        self.declare("core", declared)

    def declare(self, owner: str, declared: Iterable[Permission]) -> None:
        """Add the permissions of ``owner`` (``core`` or a plugin's id), all or none.

        Raises:
            ValueError: a malformed or foreign name, a repeated one, or an unknown role.
        """
        fresh: dict[str, Permission] = {}
        for permission in declared:
            name = permission.name
            if not _NAME.fullmatch(name) or name.partition(".")[0] != owner:
                raise ValueError(f"permission {name!r} is not of the form {owner}.noun.verb")
            if name in self._by_name or name in fresh:
                raise ValueError(f"permission {name!r} is declared twice")
            if unknown := set(permission.roles) - set(ROLES):
                raise ValueError(f"permission {name!r} names unknown roles {sorted(unknown)}")
            fresh[name] = permission
        self._by_name.update(fresh)
        self._by_role = {
            role: frozenset(n for n, p in self._by_name.items() if role in p.roles)
            for role in ROLES
        }

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def label(self, name: str) -> Any:
        """Return what the permission ``name`` allows, for people; one that is gone is its name."""
        return self._by_name[name].label if name in self._by_name else name

    def of_role(self, role: str) -> frozenset[str]:
        """Return what ``role`` carries; a role that is no longer known carries nothing."""
        return self._by_role.get(role, frozenset())
