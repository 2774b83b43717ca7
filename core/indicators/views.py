"""Indicators as pages: all of a place at a glance, and one with its places and its past."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from babel.dates import format_skeleton
from flask import render_template, request
from flask_babel import format_decimal

from core.accounts.permissions import INDICATOR_VIEW
from core.clock import local, now
from core.indicators import declared, queries
from core.indicators.contract import Indicator, Period, PeriodKind
from core.indicators.periods import CORRECTIONS, after, before, period_at, period_of
from core.places.queries import count_below
from core.places.view import KINDS
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import Gate, required_gate
from core.web.i18n import current
from core.web.listing import asked_page, choice

area = Area("indicators", __name__, template_folder="templates")

_SKELETONS: dict[PeriodKind, str] = {"month": "yMMMM", "quarter": "yQQQQ", "year": "y"}


@area.page("/<place_code:place_code>/-/indicators", permission=INDICATOR_VIEW)
def index(place_code: str) -> str:
    """Every indicator of this place and below, in the periods that hold one month."""
    gate = required_gate()
    month = _asked_period("month", "month")
    counts = count_below(place_code)
    found = queries.summaries(plugin_host(), place_code, gate.place.kind, counts, month.begins)
    return render_template(
        "indicators/index.html",
        gate=gate,
        month=month,
        before=_neighbour(month, -1),
        after=_neighbour(month, 1),
        rows=[row for row in found if row.counted or _is_active(gate, row)],
        stands=partial(_stands, gate),
        shown=shown,
        period_name=period_name,
        plugin_name=plugin_host().name,
    )


@area.page("/<place_code:place_code>/-/indicators/<indicator_id>", permission=INDICATOR_VIEW)
def detail(place_code: str, indicator_id: str) -> str:
    """One indicator: its places here and below in one period, and which of them are missing."""
    gate = required_gate()
    item = declared.one(plugin_host(), indicator_id)
    period = _asked_period(item.indicator.period, "period")
    show = choice("show", ("missing",))
    places = queries.count_places(place_code, gate.place.kind, item)
    total = queries.summary(item, place_code, places, period)
    view = queries.View.of(plugin_host(), item, place_code, period)
    missing = queries.missing(view)
    return render_template(
        "indicators/detail.html",
        gate=gate,
        item=item,
        indicator=item.indicator,
        period=period,
        before=_neighbour(period, -1),
        after=_neighbour(period, 1),
        total=total,
        missing=missing,
        waiting=places - total.counted - missing.count,
        page=queries.lines(view, asked_page(), only_missing=bool(show)),
        show=show,
        kind=KINDS[item.level],
        shown=shown,
        period_name=period_name,
        plugin_name=plugin_host().name,
    )


def shown(indicator: Indicator, value: int) -> str:
    """Return a stored value in the indicator's unit, to at most two digits behind the point."""
    return str(format_decimal(Decimal(value) / indicator.divisor, "#,##0.##"))


def period_name(period: Period) -> str:
    """Return what a period is called: 2026年11月, 4th quarter 2026."""
    return format_skeleton(_SKELETONS[period.kind], local(period.begins), locale=current())


def _is_active(gate: Gate, row: queries.Summary) -> bool:
    """Whether the plugin is active at this place; of those below, whether it may be."""
    plugin = row.declared.plugin.id
    if row.declared.level == gate.place.kind:
        return plugin in gate.active
    return gate.switches.policy(plugin) != "forbidden"


def _stands(gate: Gate, row: queries.Summary) -> bool:
    """Whether there is a value that is no longer brought up to date though its period is open."""
    is_open = now() < row.period.ends + CORRECTIONS
    return is_open and row.counted > 0 and not _is_active(gate, row)


def _asked_period(kind: PeriodKind, name: str) -> Period:
    """The period in the address; anything else means the present one."""
    try:
        return period_of(kind, request.args.get(name, ""))
    except ValueError:
        return period_at(kind, now())


def _neighbour(period: Period, step: int) -> Period | None:
    """The period before or after, but none that has not begun."""
    try:
        found = after(period) if step > 0 else before(period)
    except ValueError:
        return None
    return found if found.begins <= now() else None
