"""``linli token``: access tokens, by which other systems act for a person."""

from __future__ import annotations

from uuid import UUID

import click

from core.accounts import queries, service, tokens
from core.accounts.models import ApiToken
from core.cli.context import ACTOR, in_tenant, json_option, place_at, show, table
from core.clock import now
from core.errors import NotFound
from core.plugin_host.host import plugin_host


@click.group()
def token() -> None:
    """Make, list and revoke access tokens."""


@token.command()
@click.argument("place")
@click.option("--account", required=True, help="The owner's phone number or user name.")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--permission",
    "permissions",
    multiple=True,
    required=True,
    help="What it may do, such as core.place.view; may be given several times.",
)
@click.option("--days", default=90, show_default=True, help="How long it is good, at most 366.")
@json_option
def create(
    place: str, account: str, name: str, permissions: tuple[str, ...], days: int, as_json: bool
) -> None:
    """Make a token of somebody in the district of PLACE; prints it, this once."""
    with in_tenant(place):
        user = service.find_user(account)
        if user is None:
            raise NotFound("There is no such account in this district.", field="account")
        ticket = tokens.create(
            ACTOR,
            plugin_host().catalogue,
            place_at(place),
            user,
            name=name,
            permissions=permissions,
            days=days,
        )
        owner = user.name
    show(
        {"id": str(ticket.id), "token": tokens.written(ticket)},
        as_json,
        f"Token of {owner}, good for {days} days and shown only now:\n{tokens.written(ticket)}",
    )


@token.command("list")
@click.argument("place")
@json_option
def list_(place: str, as_json: bool) -> None:
    """List the tokens of those who hold a role at PLACE or below."""
    with in_tenant(place):
        place_at(place)
        rows = [
            {
                "id": str(found.id),
                "owner": owner,
                "name": found.name,
                "state": _state(found),
                "permissions": " ".join(found.permissions),
                "expires": found.expires_at.isoformat(timespec="seconds"),
                "last_used": found.last_used_at.isoformat(timespec="seconds")
                if found.last_used_at
                else "",
            }
            for found, owner in queries.tokens_at(place)
        ]
    table(rows, as_json, "No token was made.")


@token.command()
@click.argument("place")
@click.argument("token_id", metavar="ID", type=click.UUID)
@json_option
def revoke(place: str, token_id: UUID, as_json: bool) -> None:
    """End a token at once; ID as `linli token list` shows it."""
    with in_tenant(place):
        tokens.revoke(ACTOR, place_at(place), token_id)
    show({"id": str(token_id), "revoked": True}, as_json, f"Token {token_id} is revoked.")


def _state(found: ApiToken) -> str:
    if found.revoked_at is not None:
        return "revoked"
    return "expired" if found.expires_at <= now() else "good"
