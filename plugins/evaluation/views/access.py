"""Who runs a season, who sees its result before everybody does, and who may object."""

from __future__ import annotations

from uuid import UUID

from core.sdk import NotFound, PageContext
from plugins.evaluation import permissions as may
from plugins.evaluation import queries


def manages(ctx: PageContext, detail: queries.SeasonDetail) -> bool:
    """Say whether the visitor runs this season here: this place holds it, and one may."""
    return detail.place.id == ctx.place.id and ctx.can(may.SEASON_MANAGE)


def judges(ctx: PageContext, detail: queries.SeasonDetail) -> bool:
    """Say whether the season is seen from the place that holds it, or from above it."""
    return detail.place.code.startswith(ctx.place.code)


def managed(ctx: PageContext, season_id: UUID) -> queries.SeasonDetail:
    """Return a season that this place holds.

    Raises:
        NotFound: it is not there, or another place holds it.
    """
    detail = queries.season(ctx.place, season_id)
    if detail.place.id != ctx.place.id:
        raise NotFound
    return detail


def may_object(ctx: PageContext, found: queries.Explanation) -> bool:
    """Say whether the visitor may object here: the contestant is this place or lies below it."""
    return found.place.code.startswith(ctx.place.code) and ctx.can(may.OBJECTION_FILE)
