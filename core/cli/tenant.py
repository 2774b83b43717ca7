"""``linli tenant``: districts."""

from __future__ import annotations

from collections.abc import Callable

import click

from core import tenancy
from core.accounts.actor import Actor
from core.cli.context import ACTOR, application, in_tenant, json_option, link_to, show, table
from core.db import transaction
from core.errors import Invalid
from core.places import queries as places
from core.places.codes import route_code
from core.plugin_host.host import plugin_host
from core.tenancy import onboarding, queries
from core.tenancy.models import Tenant


@click.group()
def tenant() -> None:
    """Take districts on board, list, suspend and resume them."""


@tenant.command()
@click.argument("code")
@click.option("--admin-phone", required=True, help="Mobile number of the first administrator.")
@click.option("--admin-name", default="区管理员", show_default=True, help="Their name.")
@click.option("--active", is_flag=True, help="Start as active, not as trial.")
@json_option
def create(code: str, admin_phone: str, admin_name: str, active: bool, as_json: bool) -> None:
    """Take the district CODE (6 digits, GB/T 2260) on board with its real tree."""
    with application():
        district = onboarding.district_to_onboard(code)
        with tenancy.enter(int(district.code)), transaction():
            made = onboarding.onboard(
                ACTOR,
                plugin_host().catalogue,
                district,
                admin_name=admin_name,
                admin_phone=admin_phone,
                status="active" if active else "trial",
            )
        link = link_to(made.link, district.code)
    show(
        {
            "tenant": made.tenant,
            "name": made.name,
            "streets": made.streets,
            "communities": made.communities,
            "sign_in_link": link,
        },
        as_json,
        f"{made.name} is on board: {made.streets} streets, {made.communities} communities.\n"
        f"One-time link for {admin_name}, good for three days:\n{link}",
    )


@tenant.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List all districts."""
    with application():
        rows = [_row(t) for t in queries.all_tenants()]
    table(rows, as_json, "No district is on board. Try: linli tenant create 120101 --help")


@tenant.command("show")
@click.argument("code")
@json_option
def show_(code: str, as_json: bool) -> None:
    """Show one district with its figures."""
    with in_tenant(code) as found:
        row = _row(found) | places.count_below(found.route_code)
    show(row, as_json, "\n".join(f"{name}: {value}" for name, value in row.items()))


@tenant.command()
@click.argument("code")
@json_option
def suspend(code: str, as_json: bool) -> None:
    """Suspend a district: its pages say so, its data stays."""
    _change(code, onboarding.suspend, as_json)


@tenant.command()
@click.argument("code")
@json_option
def resume(code: str, as_json: bool) -> None:
    """Let a suspended district go on."""
    _change(code, onboarding.resume, as_json)


def _change(code: str, verb: Callable[[Actor, int], Tenant], as_json: bool) -> None:
    if code != route_code(code):
        raise Invalid(f"{code[:20]} is not a district: give its six digits.", field="code")
    with in_tenant(code) as found:
        row = _row(verb(ACTOR, found.id))
    show(row, as_json, f"{row['name']} is {row['status']}.")


def _row(found: Tenant) -> dict[str, object]:
    return {
        "tenant": found.id,
        "route_code": found.route_code,
        "name": found.name,
        "city": found.city,
        "province": found.province,
        "status": found.status,
        "created_at": found.created_at.isoformat(),
    }
