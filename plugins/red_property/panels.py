"""What Red property shows on pages of core."""

from __future__ import annotations

from datetime import timedelta

from core.sdk import PageContext, Paging, Panel, now
from plugins.red_property import permissions as may
from plugins.red_property import queries
from plugins.red_property.serving import served_at
from plugins.red_property.showing import HELPERS
from plugins.red_property.texts import _, texts

SHOWN = 5
LOOKS_AHEAD = timedelta(days=30)


def public(ctx: PageContext) -> Panel | None:
    """Who looks after a community, and how the district grades them."""
    if ctx.place.kind != "community":
        return None
    page = queries.grades(ctx.trail[0], now(), within=ctx.place, paging=Paging(size=SHOWN))
    return Panel(
        title=_("Who looks after us"),
        body=ctx.render(
            "_public_panel.html", rows=page.rows, served=served_at(ctx.place), **HELPERS
        ),
        more_url=ctx.url("public_index"),
    )


def desk(ctx: PageContext) -> Panel | None:
    """What waits for the district's clerks: proposals, and items that soon expire."""
    if ctx.place.kind != "district" or not ctx.can(may.GRADE_VIEW):
        return None
    lines = []
    if ctx.can(may.PROPOSAL_DECIDE) and (waiting := queries.waiting_count(ctx.place)):
        text = texts.plural(
            "%(num)s proposed item waits for a decision.",
            "%(num)s proposed items wait for a decision.",
            waiting,
        )
        lines.append((text, ctx.url("proposals")))
    if expiring := queries.expiring(ctx.place, now(), now() + LOOKS_AHEAD):
        text = texts.plural(
            "%(num)s item stops counting within 30 days.",
            "%(num)s items stop counting within 30 days.",
            expiring,
        )
        lines.append((text, ctx.url("index")))
    if not lines:
        return None
    return Panel(_("Credit grades"), ctx.render("_desk_panel.html", lines=lines), ctx.url("index"))
