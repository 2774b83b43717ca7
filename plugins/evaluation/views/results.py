"""Results at the desk: the league table, one contestant's explanation, awards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import NotFound, PageContext, asked_page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries
from plugins.evaluation.views.access import judges, manages, may_object
from plugins.evaluation.views.pages import pages, render


@pages.page("/seasons/<uuid:season_id>/league", permission=may.SEASON_VIEW)
def league(ctx: PageContext, season_id: UUID) -> Any:
    """The ranks with what each criterion gave."""
    detail = _computed(ctx, season_id)
    return render(
        ctx,
        "league.html",
        detail=detail,
        page=queries.league(detail, asked_page()),
        switched_off_places=queries.without_standing(detail),
        manages=manages(ctx, detail),
    )


@pages.page("/seasons/<uuid:season_id>/places/<place_code:contestant>", permission=may.SEASON_VIEW)
def explanation(ctx: PageContext, season_id: UUID, contestant: str) -> Any:
    """Why a contestant has its score and rank."""
    detail = _computed(ctx, season_id)
    found = queries.explanation(detail, contestant)
    if found.rank is None:
        raise NotFound
    return render(
        ctx,
        "explanation.html",
        detail=detail,
        found=found,
        manages=manages(ctx, detail),
        may_object=detail.season.state == "notice" and may_object(ctx, found),
    )


@pages.page("/awards", permission=may.SEASON_VIEW)
def awards(ctx: PageContext) -> Any:
    """What places here have won over the years."""
    return render(ctx, "awards.html", page=queries.awards(ctx.place, asked_page()))


def _computed(ctx: PageContext, season_id: UUID) -> queries.SeasonDetail:
    """Return a season with a result that the visitor may see.

    Raises:
        NotFound: it is not there, has no result, or the result is not shown yet to those
            who only compete.
    """
    detail = queries.season(ctx.place, season_id)
    shown = {"notice", "awarded"} | ({"computed"} if judges(ctx, detail) else set())
    if detail.season.state not in shown:
        raise NotFound
    return detail
