"""What Evaluation shows on pages of core."""

from __future__ import annotations

from core.sdk import PageContext, Paging, Panel, PlaceView
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, showing
from plugins.evaluation.queries.panels import latest_public, open_objections, own_result
from plugins.evaluation.texts import _, texts

TOP = 3
"""How many of a league table stand on the public page of the place that holds it."""
NAMED = 5
"""Seasons to be scored that the desk names."""


def public(ctx: PageContext) -> Panel | None:
    """How the place came off, or who leads in the competition that it holds."""
    own = own_result(ctx.place)
    if own is not None:
        body = ctx.render("_public_own.html", show=showing, own=own)
        return Panel(_("Competitions"), body, ctx.url("public_index"))
    latest = latest_public(ctx.place)
    if latest is None:
        return None
    detail = queries.public_season(ctx.place, latest)
    rows = queries.league(detail, Paging(size=TOP)).rows
    body = ctx.render("_public_top.html", show=showing, detail=detail, rows=rows)
    return Panel(_("Competitions"), body, ctx.url("public_index"))


def desk(ctx: PageContext) -> Panel | None:
    """What waits for the visitor: seasons to score, objections to answer."""
    scoring = queries.my_seasons(ctx.actor, ctx.place) if ctx.can(may.SCORE_ENTER) else ()
    objections = open_objections(ctx.place) if ctx.can(may.SEASON_MANAGE) else ()
    if not scoring and not objections:
        return None
    body = ctx.render(
        "_desk_panel.html",
        scoring=scoring[:NAMED],
        objections=[
            (
                row,
                texts.plural(
                    "%(num)s objection waits for an answer.",
                    "%(num)s objections wait for an answer.",
                    row.count,
                ),
            )
            for row in objections
        ],
    )
    return Panel(_("Competitions"), body, ctx.url("my_scoring" if scoring else "index"))


def unfinished(place: PlaceView) -> list[str]:
    """Say what is open at a place, one line each."""
    return [
        _("“%(title)s” is not finished; without Evaluation the place gets no rank.", title=title)
        for title in (
            row.season.title
            for row in queries.seasons(place, Paging(size=NAMED)).rows
            if row.season.state != "awarded"
        )
    ]
