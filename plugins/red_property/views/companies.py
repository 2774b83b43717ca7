"""Companies with their grades and receipts, on the desk."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import PageContext, asked_page, now, search_text
from plugins.red_property import permissions as may
from plugins.red_property import queries
from plugins.red_property.views.asking import asked_as_of, level_names, look
from plugins.red_property.views.pages import DISTRICT, district_of, pages, render


@pages.page("/", permission=may.GRADE_VIEW)
def index(ctx: PageContext) -> Any:
    """The district's companies; below it, those that serve here."""
    district, asked = district_of(ctx), asked_as_of(ctx)
    within = None if ctx.place.kind == "district" else ctx.place
    name = search_text("name")
    found = queries.overview(
        district,
        asked.moment,
        within=within,
        paging=asked_page(),
        search=name,
        level=ctx.query.get("level", ""),
    )
    return render(
        ctx,
        "index.html",
        found=found,
        level_names=level_names(found.shares),
        level_url=lambda key: ctx.url("index", level=key, **asked.kept),
        name=name,
        asked=asked,
    )


@pages.page("/companies/<uuid:organisation_id>", permission=may.GRADE_VIEW)
def company(ctx: PageContext, organisation_id: UUID) -> Any:
    """One company: its grade, and the receipt that it comes from."""
    found = look(ctx, organisation_id)
    return render(
        ctx,
        "company.html",
        receipt=found.receipt,
        areas=found.areas,
        asked=found.asked,
        missed=found.missed,
        entry_url=lambda entry: ctx.url("entry", entry_id=entry.id),
        may_enter=_may_enter(ctx),
    )


@pages.page("/companies/<uuid:organisation_id>/items", permission=may.GRADE_VIEW, levels=DISTRICT)
def entries(ctx: PageContext, organisation_id: UUID) -> Any:
    """Everything that was ever entered for a company, the latest first."""
    return render(
        ctx,
        "entries.html",
        grade=queries.grade_of(ctx.place, organisation_id, now()),
        page=queries.entries(ctx.place, organisation_id, asked_page()),
        may_enter=_may_enter(ctx),
    )


def _may_enter(ctx: PageContext) -> bool:
    return ctx.place.kind == "district" and ctx.can(may.ITEM_ENTER)
