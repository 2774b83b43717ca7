"""``linli indicator``: what is measured, its values, and measuring now."""

from __future__ import annotations

import click

from core.cli.context import application, in_tenant, json_option, place_at, table, tenant_of
from core.clock import local, now
from core.errors import Invalid
from core.indicators import declared, queries, tasks
from core.indicators.contract import Period
from core.indicators.declared import Declared
from core.indicators.periods import period_at, period_of
from core.paging import Paging
from core.plugin_host.host import plugin_host

MOST_PLACES = 100_000


@click.group()
def indicator() -> None:
    """List indicators, show their values, measure them now."""


@indicator.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the indicators of all plugins that run."""
    with application():
        rows = [
            {
                "indicator": item.id,
                "name": item.name,
                "unit": item.unit,
                "level": item.level,
                "period": item.indicator.period,
                "rewards_volume": item.indicator.rewards_volume,
                "source": item.source,
            }
            for item in declared.every(plugin_host())
        ]
    table(rows, as_json, "No plugin measures anything.")


@indicator.command("show")
@click.argument("place")
@click.argument("indicator_id", metavar="INDICATOR")
@click.option("--period", "key", help="Such as 2026-11, 2026-Q4 or 2026; by default the present.")
@json_option
def show_(place: str, indicator_id: str, key: str | None, as_json: bool) -> None:
    """Show INDICATOR at PLACE and below; values count in the stored unit."""
    with in_tenant(place):
        item = declared.one(plugin_host(), indicator_id)
        at = place_at(place).code
        view = queries.View.of(plugin_host(), item, at, _period(item, key))
        rows = [_row(line) for line in queries.lines(view, Paging(1, MOST_PLACES)).rows]
    table(rows, as_json, "There is no place of its level there.")


@indicator.command()
@click.argument("district")
@json_option
def refresh(district: str, as_json: bool) -> None:
    """Measure everything in DISTRICT now, instead of waiting for the job."""
    with application():
        done = tasks.refresh(tenant_of(district))
    rows = [
        {"indicator": r.indicator, "period": r.period, "places": r.places, "failure": r.failure}
        for r in done
    ]
    table(rows, as_json, "No plugin measures anything.")
    if any(r.failure for r in done):
        raise click.exceptions.Exit(1)


def _period(item: Declared, key: str | None) -> Period:
    kind = item.indicator.period
    if key is None:
        return period_at(kind, now())
    try:
        return period_of(kind, key)
    except ValueError as error:
        raise Invalid(f"{key[:20]} is not a {kind}.", field="period") from error


def _row(line: queries.Line) -> dict[str, object]:
    value = line.value
    return {
        "place": line.code,
        "name": line.name,
        "value": value.value if value else None,
        "computed_at": local(value.computed_at).isoformat(timespec="seconds") if value else None,
        "source": value.source if value else None,
        "state": _state(line),
    }


def _state(line: queries.Line) -> str:
    if line.value is None:
        return "missing" if line.missing else "waiting"
    return "counted" if line.value.updated else "no longer updated"
