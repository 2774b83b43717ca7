"""Who may see a page: declared at the page, checked at start-up, enforced by the gate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask

from core.accounts.permissions import Catalogue

_ATTRIBUTE = "__linli_access__"

View = Callable[..., Any]


@dataclass(frozen=True)
class Access:
    """What a page asks of its visitor.

    Args:
        permission: needed at the page's place; ``None`` with ``public`` false means that being
            signed in to the district is enough.
        plugin: id of the plugin that must be active there.
        levels: kinds of place that have the page; ``None`` for every kind.
        api: it is a resource, asked by programs: by token alone, never by cookie.
    """

    permission: str | None = None
    public: bool = False
    plugin: str | None = None
    levels: tuple[str, ...] | None = None
    api: bool = False


PUBLIC = Access(public=True)


class Area(Blueprint):
    """A blueprint whose pages cannot be added without saying who may see them."""

    def page(
        self,
        rule: str,
        *,
        permission: str | None = None,
        public: bool = False,
        signed_in: bool = False,
        levels: tuple[str, ...] | None = None,
        methods: Sequence[str] = ("GET",),
    ) -> Callable[[View], View]:
        """Add a page: with a ``permission``, for everybody signed in, or ``public``."""
        if [permission is not None, public, signed_in].count(True) != 1:
            raise ValueError(f"{rule}: give one of permission, signed_in and public")
        access = Access(permission, public, None, levels)

        def add(view: View) -> View:
            self.add_url_rule(rule, view_func=declare(view, access), methods=list(methods))
            return view

        return add


def declare(view: View, access: Access) -> View:
    """Attach ``access`` to a view function and return it."""
    setattr(view, _ATTRIBUTE, access)
    return view


def access_of(app: Flask, endpoint: str) -> Access | None:
    """Return what the view behind ``endpoint`` declared."""
    return getattr(app.view_functions.get(endpoint), _ATTRIBUTE, None)


def check(app: Flask, catalogue: Catalogue) -> None:
    """Refuse to start with a page that declares nothing, or a permission that nobody declared.

    Raises:
        RuntimeError: naming the endpoint.
    """
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if access is None:
            raise RuntimeError(f"the page {rule.rule} does not say who may see it")
        if access.permission is not None and access.permission not in catalogue:
            raise RuntimeError(f"the page {rule.rule} needs an unknown {access.permission!r}")
        if access.permission is not None and "place_code" not in rule.arguments:
            raise RuntimeError(f"the page {rule.rule} needs a permission but has no place")
