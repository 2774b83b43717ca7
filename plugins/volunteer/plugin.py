"""What Volunteer contributes to Linli."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.sdk import (
    DemoContext,
    DisableContext,
    ErasureContext,
    Event,
    Indicator,
    JobType,
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
    Veto,
    hookimpl,
)
from plugins.volunteer import api, demo, panels, queries, views
from plugins.volunteer.events import HoursConfirmed, PointsPosted
from plugins.volunteer.jobs import JOBS
from plugins.volunteer.models import Base
from plugins.volunteer.permissions import ACTIONS, ACTIVITY_VIEW, PERMISSIONS, PERSON_VIEW
from plugins.volunteer.personal_data import HANDLERS
from plugins.volunteer.rules import HOUR
from plugins.volunteer.service.people import phone_index
from plugins.volunteer.settings import VolunteerSettings
from plugins.volunteer.texts import _


class VolunteerPlugin:
    """The plugin object: a manifest and hooks."""

    manifest = Manifest(
        id="volunteer",
        name=_("Volunteer"),
        summary=_("Publish activities, find helpers, check them in, and count hours and points."),
        icon="heart-handshake",
        levels=("community",),
        settings=VolunteerSettings,
        personal_data=(
            PersonalData(
                what=_("Name and mobile number of volunteers"),
                why=_("To reach them about activities and to know whose hours and points they are"),
                kept=_("Until the person asks for erasure; then hours and points stay nameless"),
            ),
            PersonalData(
                what=_("When a volunteer came and left, the hours confirmed, and points"),
                why=_("The record of service that the law asks for"),
                kept=_("As long as the community keeps the application's data"),
            ),
        ),
        preview=(
            _("Menu entries for staff: volunteer activities with sign-ups and hours, volunteers"),
            _("Published activities and the month's hours on the community's public page"),
            _("A page where helpers check in with the code on site"),
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
            NavItem(_("Volunteer activities"), "index", "heart-handshake", ACTIVITY_VIEW),
            NavItem(_("Volunteers"), "people", "users-group", PERSON_VIEW),
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
    def linli_events(self) -> Sequence[type[Event]]:
        return (HoursConfirmed, PointsPosted)

    @hookimpl
    def linli_jobs(self) -> Sequence[JobType]:
        return JOBS

    @hookimpl
    def linli_indicators(self) -> Sequence[Indicator]:
        return (
            Indicator(
                id="volunteer.hours",
                name=_("Confirmed volunteer hours"),
                unit=_("h"),
                period="month",
                compute=queries.hours_by_place,
                divisor=HOUR,
                rewards_volume=True,
            ),
        )

    @hookimpl
    def linli_personal_data(self) -> PersonalDataHandlers:
        return HANDLERS

    @hookimpl
    def linli_demo_data(self, ctx: DemoContext) -> None:
        demo.fill(ctx)

    @hookimpl
    def linli_public_panel(self, ctx: PageContext) -> Panel:
        return panels.public(ctx)

    @hookimpl
    def linli_desk_panel(self, ctx: PageContext) -> Panel | None:
        return panels.desk(ctx)

    @hookimpl
    def linli_disable_preview(self, ctx: DisableContext) -> Sequence[str]:
        return panels.unfinished(ctx.place)

    @hookimpl
    def linli_refuse_erasure(self, ctx: ErasureContext) -> Veto | None:
        if queries.is_unfinished(phone_index(ctx.subject.phone)):
            return Veto(_("This person is checked in, or has hours that wait to be confirmed."))
        return None
