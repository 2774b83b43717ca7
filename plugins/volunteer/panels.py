"""What Volunteer shows on pages of core."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from core.sdk import PageContext, Paging, Panel, PlaceView, now
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, rules
from plugins.volunteer.texts import _, texts

SHOWN = 5
NAMED = 3
"""Activities with people checked in that the desk names."""
LOOKS_BACK = timedelta(days=366)
"""How far back the desk looks for what is not finished: every page would read all otherwise."""


def public(ctx: PageContext) -> Panel:
    """Activities to come, and what was given this month in figures."""
    page = queries.public_of_place(ctx.place, Paging(size=SHOWN))
    return Panel(
        title=_("Volunteer activities"),
        body=ctx.render(
            "_public_panel.html",
            rows=page.rows,
            month=queries.this_month(ctx.place),
            hours=rules.hours,
        ),
        more_url=ctx.url("public_index") if page.count > 1 else None,
    )


def desk(ctx: PageContext) -> Panel | None:
    """What waits for staff: people still checked in, and hours to be confirmed."""
    if not (ctx.can(may.ATTENDANCE_EDIT) or ctx.can(may.HOURS_CONFIRM)):
        return None
    since = now() - LOOKS_BACK
    found = queries.open_at(ctx.place, since)
    lines = _lines(found)
    if not lines:
        return None
    return Panel(
        title=_("Volunteer activities"),
        body=ctx.render(
            "_desk_panel.html",
            lines=lines,
            still_open=queries.still_open(ctx.place, since, NAMED) if found.present else (),
            may_see_people=ctx.can(may.SIGN_UP_VIEW),
        ),
        more_url=ctx.url("index"),
    )


def unfinished(place: PlaceView) -> Sequence[str]:
    """Say what is not finished at a community, one line each."""
    return _lines(queries.open_at(place))


def _lines(found: queries.Open) -> Sequence[str]:
    lines = []
    if found.present:
        lines.append(
            texts.plural(
                "%(num)s volunteer is checked in and not out.",
                "%(num)s volunteers are checked in and not out.",
                found.present,
            )
        )
    if found.waiting:
        lines.append(
            texts.plural(
                "The hours of %(num)s attendance wait to be confirmed.",
                "The hours of %(num)s attendances wait to be confirmed.",
                found.waiting,
            )
        )
    return lines
