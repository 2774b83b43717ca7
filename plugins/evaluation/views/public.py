"""Pages for everybody: published seasons, their league tables, and why a place came where."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import NotFound, PageContext, asked_page
from plugins.evaluation import queries
from plugins.evaluation.views.pages import pages, render


@pages.page("/open", public=True)
def public_index(ctx: PageContext) -> Any:
    """Results on public notice and final ones, the latest first."""
    page = queries.public_seasons(ctx.place, asked_page(default=20))
    return render(ctx, "public_index.html", page=page)


@pages.page("/open/<uuid:season_id>", public=True)
def public_league(ctx: PageContext, season_id: UUID) -> Any:
    """The league table of a published season, with notice and objections."""
    try:
        detail = queries.public_season(ctx.place, season_id)
    except NotFound:
        return _corrected(ctx, season_id)
    return render(
        ctx,
        "public_league.html",
        detail=detail,
        page=queries.league(detail, asked_page()),
        switched_off_places=queries.without_standing(detail),
        objections_filed=queries.objections(detail),
    )


@pages.page("/open/<uuid:season_id>/<place_code:contestant>", public=True)
def public_explanation(ctx: PageContext, season_id: UUID, contestant: str) -> Any:
    """Why a contestant has its score and rank."""
    try:
        detail = queries.public_season(ctx.place, season_id)
    except NotFound:
        return _corrected(ctx, season_id)
    found = queries.explanation(detail, contestant)
    if found.rank is None:
        raise NotFound
    return render(ctx, "public_explanation.html", detail=detail, found=found)


@pages.page("/open/awards", public=True)
def public_awards(ctx: PageContext) -> Any:
    """What places here have won over the years."""
    page = queries.awards(ctx.place, asked_page(default=20))
    return render(ctx, "public_awards.html", page=page)


def _corrected(ctx: PageContext, season_id: UUID) -> str:
    """Say that a result that was public is being corrected, without any figure of it.

    Raises:
        NotFound: it never was public.
    """
    detail = queries.season_taken_back(ctx.place, season_id)
    if detail is None:
        raise NotFound
    return render(ctx, "public_corrected.html", detail=detail)
