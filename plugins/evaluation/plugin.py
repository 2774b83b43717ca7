"""What Evaluation contributes to Linli."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.sdk import (
    DemoContext,
    DisableContext,
    Event,
    Manifest,
    NavItem,
    PageContext,
    Pages,
    Panel,
    Permission,
    PersonalData,
    PersonalDataHandlers,
    Resources,
    Tables,
    hookimpl,
)
from plugins.evaluation import api, demo, panels, views
from plugins.evaluation.events import ResultAnnounced
from plugins.evaluation.models import Base
from plugins.evaluation.permissions import ACTIONS, PERMISSIONS, SCORE_ENTER, SEASON_VIEW
from plugins.evaluation.personal_data import HANDLERS
from plugins.evaluation.texts import _


class EvaluationPlugin:
    """The plugin object: a manifest and hooks."""

    manifest = Manifest(
        id="evaluation",
        name=_("Evaluation"),
        summary=_("Hold competitions: score places, compute ranks that explain themselves, award."),
        icon="trophy",
        levels=("community", "street", "district"),
        personal_data=(
            PersonalData(
                what=_("Which account scored what, in which season"),
                why=_("To know who judged, and that nobody judged the place they work for"),
                kept=_("As long as the season; nameless once the account is erased"),
            ),
        ),
        preview=(
            _("Menu entries for staff: competitions with their results, and what one has to score"),
            _("Results on public notice, with why each place came where it came"),
            _("The place's rank on its public page"),
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
            NavItem(_("Competitions"), "index", "trophy", SEASON_VIEW),
            NavItem(_("My scoring"), "my_scoring", "clipboard-list", SCORE_ENTER),
            NavItem(_("Competitions"), "public_index", "trophy", public=True),
        )

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
    def linli_events(self) -> Sequence[type[Event]]:
        return (ResultAnnounced,)

    @hookimpl
    def linli_demo_data(self, ctx: DemoContext) -> None:
        demo.fill(ctx)

    @hookimpl
    def linli_personal_data(self) -> PersonalDataHandlers:
        return HANDLERS

    @hookimpl
    def linli_public_panel(self, ctx: PageContext) -> Panel | None:
        return panels.public(ctx)

    @hookimpl
    def linli_desk_panel(self, ctx: PageContext) -> Panel | None:
        return panels.desk(ctx)

    @hookimpl
    def linli_disable_preview(self, ctx: DisableContext) -> Sequence[str]:
        return panels.unfinished(ctx.place)
