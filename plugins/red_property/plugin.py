"""What Red property contributes to Linli."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.sdk import (
    DemoContext,
    Manifest,
    NavItem,
    PageContext,
    Pages,
    Panel,
    Permission,
    PersonalData,
    PersonalDataHandlers,
    Resources,
    Subscription,
    Tables,
    hookimpl,
)
from plugins.red_property import api, demo, panels, views
from plugins.red_property.models import Base
from plugins.red_property.permissions import (
    ACTIONS,
    GRADE_VIEW,
    PERMISSIONS,
    PROPOSAL_DECIDE,
)
from plugins.red_property.personal_data import HANDLERS
from plugins.red_property.subscriptions import SUBSCRIPTIONS
from plugins.red_property.texts import _


class RedPropertyPlugin:
    """The plugin object: a manifest and hooks."""

    manifest = Manifest(
        id="red_property",
        name=_("Red property"),
        summary=_("Grade property companies by a published method, and show how each grade came."),
        icon="shield-check",
        levels=("community", "street", "district"),
        personal_data=(
            PersonalData(
                what=_("Who entered an item for a company, and who ended it"),
                why=_("A rating must be answered for by those who made it"),
                kept=_("With the ledger; the name goes when the account is erased"),
            ),
            PersonalData(
                what=_("What the basis and the evidence of an item say about people"),
                why=_("To prove what gave or cost the company its points"),
                kept=_("As long as the district keeps the application's data"),
            ),
        ),
        preview=(
            _("A public page that says which company looks after the community, and its grade"),
            _("Menu entry for staff: the companies that serve here, with how each grade came"),
        ),
    )

    @hookimpl
    def linli_pages(self) -> Pages:
        return views.pages

    @hookimpl
    def linli_resources(self) -> Resources:
        return api.api

    @hookimpl
    def linli_navigation(self) -> Sequence[NavItem]:
        return (
            NavItem(_("Credit grades"), "index", "shield-check", GRADE_VIEW),
            NavItem(_("Proposed items"), "proposals", "inbox", PROPOSAL_DECIDE),
            NavItem(_("Rating methods"), "methods", "scale", GRADE_VIEW),
            NavItem(_("Property companies"), "public_index", "shield-check", public=True),
        )

    @hookimpl
    def linli_public_panel(self, ctx: PageContext) -> Panel | None:
        return panels.public(ctx)

    @hookimpl
    def linli_desk_panel(self, ctx: PageContext) -> Panel | None:
        return panels.desk(ctx)

    @hookimpl
    def linli_permissions(self) -> Sequence[Permission]:
        return PERMISSIONS

    @hookimpl
    def linli_actions(self) -> Mapping[str, Any]:
        return ACTIONS

    @hookimpl
    def linli_tables(self) -> Tables:
        return Tables(Base.metadata, Path(__file__).parent / "migrations")

    @hookimpl
    def linli_subscriptions(self) -> Sequence[Subscription]:
        return SUBSCRIPTIONS

    @hookimpl
    def linli_demo_data(self, ctx: DemoContext) -> None:
        demo.fill(ctx)

    @hookimpl
    def linli_personal_data(self) -> PersonalDataHandlers:
        return HANDLERS
