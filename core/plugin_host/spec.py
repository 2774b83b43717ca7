"""The hooks of the plugin contract, version 1: the whole of it on one page.

*Contribute* hooks are called once at start-up, without a database. *Slot* and *preview* hooks are
called while a page is made: they read, in the request's transaction, and may not change anything.
*Decide* hooks are asked inside the transaction of a change; one that fails counts as a veto.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from core.accounts.permissions import Permission
from core.api.contract import Resources
from core.events.contract import Event, Subscription
from core.indicators.contract import Indicator
from core.jobs.contract import JobType
from core.plugin_host.contract import (
    DisableContext,
    ErasureContext,
    NavItem,
    Pages,
    Panel,
    Tables,
    Veto,
)
from core.privacy.contract import PersonalDataHandlers

if TYPE_CHECKING:
    from core.plugin_host.demo import DemoContext
    from core.plugin_host.page import PageContext

PROJECT = "linli"
ENTRY_POINTS = "linli.plugins.v1"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class Spec:
    """Every hook, with what core expects back."""

    # Contribute: once, at start-up.

    @hookspec
    def linli_pages(self) -> Pages:  # type: ignore[empty-body]
        """Contribute pages."""

    @hookspec
    def linli_resources(self) -> Resources:  # type: ignore[empty-body]
        """Contribute resources of the API."""

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
    def linli_events(self) -> Sequence[type[Event]]:  # type: ignore[empty-body]
        """Contribute the types of events that the plugin emits."""

    @hookspec
    def linli_subscriptions(self) -> Sequence[Subscription]:  # type: ignore[empty-body]
        """Contribute wishes to hear events, of core or of any plugin."""

    @hookspec
    def linli_jobs(self) -> Sequence[JobType]:  # type: ignore[empty-body]
        """Contribute kinds of long work, started by the plugin or periodic."""

    @hookspec
    def linli_indicators(self) -> Sequence[Indicator]:  # type: ignore[empty-body]
        """Contribute measures of places."""

    @hookspec
    def linli_personal_data(self) -> PersonalDataHandlers:  # type: ignore[empty-body]
        """Contribute how personal data is handed out and erased.

        Needed when the manifest names any.
        """

    @hookspec
    def linli_demo_data(self, ctx: DemoContext) -> None:
        """Fill one district of the demo; whatever is there already stays as it is.

        Called by ``linli demo`` alone, each time it starts, in a transaction of its own.
        """

    # Slots and previews: while a page is made; reading only.

    @hookspec
    def linli_public_panel(self, ctx: PageContext) -> Panel | None:
        """Slot: a box on the public page of a place where the plugin is active."""

    @hookspec
    def linli_desk_panel(self, ctx: PageContext) -> Panel | None:
        """Slot: a box on the desk's first page of a place where the plugin is active."""

    @hookspec
    def linli_disable_preview(self, ctx: DisableContext) -> Sequence[str]:  # type: ignore[empty-body]
        """Preview: what is open and will wait when this plugin is switched off, one line each.

        Only the plugin that is about to be switched off is asked.
        """

    # Decide: inside the transaction; every veto counts, and so does a failure.

    @hookspec
    def linli_refuse_disable(self, ctx: DisableContext) -> Veto | None:
        """Decide: object to switching another plugin off at a place where this one is active.

        A plugin is never asked about itself, so that none can lock itself in.
        """

    @hookspec
    def linli_refuse_erasure(self, ctx: ErasureContext) -> Veto | None:
        """Decide: object, for a reason in law or in work under way, to erasing a person now.

        Every plugin that runs is asked, wherever it is switched on.
        """


SLOTS = ("linli_public_panel", "linli_desk_panel", "linli_disable_preview")
DECIDE = ("linli_refuse_disable", "linli_refuse_erasure")
RUNTIME = SLOTS + DECIDE
"""Hooks that are called by the dispatcher, after start-up."""
