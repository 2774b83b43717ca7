"""The hooks of the plugin contract, version 1: the whole of it on one page.

*Contribute* hooks are called once at start-up, without a database. *Slot* hooks are called while a
page is made, inside the request's transaction, each in a savepoint of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from core.accounts.permissions import Permission
from core.plugin_host.contract import NavItem, Pages, Panel, Tables

if TYPE_CHECKING:
    from core.plugin_host.page import PageContext

PROJECT = "linli"
ENTRY_POINTS = "linli.plugins.v1"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Spec:
    """Every hook, with what core expects back."""

    @hookspec
    def linli_pages(self) -> Pages:  # type: ignore[empty-body]
        """Contribute pages."""

    @hookspec
    def linli_navigation(self) -> Sequence[NavItem]:  # type: ignore[empty-body]
        """Contribute entries of the menu."""

    @hookspec
    def linli_permissions(self) -> Sequence[Permission]:  # type: ignore[empty-body]
        """Contribute permissions, with the roles that carry them."""

    @hookspec
    def linli_actions(self) -> Mapping[str, Any]:  # type: ignore[empty-body]
        """Contribute names for what the plugin records in the audit log.

        Keys are ``plugin.noun.verb`` for acts and ``plugin.noun`` for objects; values are texts.
        """

    @hookspec
    def linli_tables(self) -> Tables:  # type: ignore[empty-body]
        """Contribute tables with their migrations."""

    @hookspec
    def linli_public_panel(self, ctx: PageContext) -> Panel | None:
        """Slot: a box on the public page of a place where the plugin is active."""
