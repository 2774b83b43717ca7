"""``linli user``: accounts and roles."""

from __future__ import annotations

import click

from core.accounts import service
from core.accounts.models import UserAccount
from core.accounts.permissions import ROLES
from core.cli.context import ACTOR, in_tenant, json_option, link_to, place_at, show
from core.errors import NotFound
from core.plugin_host.host import plugin_host


@click.group()
def user() -> None:
    """Create people and grant roles."""


@user.command()
@click.argument("place")
@click.option("--name", required=True, help="The person's name.")
@click.option("--phone", help="Mobile number to sign in with.")
@click.option("--login", help="User name to sign in with.")
@click.option("--role", type=click.Choice(list(ROLES)), help="Role to grant at PLACE.")
@json_option
def create(
    place: str, name: str, phone: str | None, login: str | None, role: str | None, as_json: bool
) -> None:
    """Create a person in the district of PLACE (a place's code); prints a one-time link."""
    with in_tenant(place) as tenant:
        at = place_at(place)
        made = service.create_user(ACTOR, at, name=name, phone=phone, login=login)
        if role:
            service.grant_role(ACTOR, plugin_host().catalogue, made, at, role)
        link = link_to(
            service.create_link(ACTOR, plugin_host().catalogue, at, made), tenant.route_code
        )
        user_id = made.id
    show(
        {"user": str(user_id), "sign_in_link": link},
        as_json,
        f"{name} has an account. One-time link, good for three days:\n{link}",
    )


@user.command()
@click.argument("place")
@click.option("--account", required=True, help="The person's phone number or user name.")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="The role.")
@json_option
def grant(place: str, account: str, role: str, as_json: bool) -> None:
    """Grant a role at PLACE (a place's code); it reaches everything below."""
    with in_tenant(place):
        at = place_at(place)
        found = _find(account)
        service.grant_role(ACTOR, plugin_host().catalogue, found, at, role)
        name, shown = found.name, at.name
    show({"place": place, "role": role}, as_json, f"{name} is {role} at {shown}.")


@user.command()
@click.argument("place")
@click.option("--account", required=True, help="The person's phone number or user name.")
@json_option
def link(place: str, account: str, as_json: bool) -> None:
    """Make a new one-time link for somebody in the district of PLACE."""
    with in_tenant(place) as tenant:
        found = _find(account)
        made = service.create_link(ACTOR, plugin_host().catalogue, place_at(place), found)
        address = link_to(made, tenant.route_code)
        name = found.name
    show({"sign_in_link": address}, as_json, f"One-time link for {name}:\n{address}")


def _find(account: str) -> UserAccount:
    found = service.find_user(account)
    if found is None:
        raise NotFound("There is no such account in this district.", field="account")
    return found
