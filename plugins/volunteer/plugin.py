"""What Volunteer contributes to Linli."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.sdk import (
    Manifest,
    NavItem,
    PageContext,
    Pages,
    Paging,
    Panel,
    Permission,
    PersonalData,
    Tables,
    hookimpl,
)
from plugins.volunteer import queries, views
from plugins.volunteer.models import Base
from plugins.volunteer.permissions import ACTIONS, ACTIVITY_VIEW, PERMISSIONS
from plugins.volunteer.texts import _

SHOWN_IN_PANEL = 5


class VolunteerPlugin:
    """The plugin object: a manifest and hooks."""

    manifest = Manifest(
        id="volunteer",
        name=_("Volunteer"),
        summary=_("Publish activities, find helpers, and keep track of who comes."),
        icon="heart-handshake",
        levels=("community",),
        personal_data=(
            PersonalData(
                what=_("Name and mobile number of those who sign up"),
                why=_("To reach them about the activity they signed up for"),
                kept=_(
                    "As long as the activity is kept; deleted at once when a sign-up is withdrawn"
                ),
            ),
        ),
        preview=(
            _("A menu entry “Volunteer activities” for staff, with sign-up lists"),
            _("Published activities on the community's public page"),
        ),
    )

    @hookimpl
    def linli_pages(self) -> Pages:
        return views.pages

    @hookimpl
    def linli_navigation(self) -> Sequence[NavItem]:
        return (
            NavItem(_("Volunteer activities"), "index", "heart-handshake", ACTIVITY_VIEW),
            NavItem(_("Volunteer activities"), "public_index", "heart-handshake", public=True),
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
    def linli_public_panel(self, ctx: PageContext) -> Panel:
        page = queries.public_of_place(ctx.place, Paging(size=SHOWN_IN_PANEL))
        return Panel(
            title=_("Volunteer activities"),
            body=ctx.render("_cards.html", rows=page.rows),
            more_url=ctx.url("public_index") if page.count > 1 else None,
        )
