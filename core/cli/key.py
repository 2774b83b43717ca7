"""``linli key``: keys of the installation's ring."""

from __future__ import annotations

import secrets

import click

from core.config import new_ring_key


@click.group()
def key() -> None:
    """Make keys for LINLI_KEY_RING."""


@key.command()
@click.argument("name", default="")
def new(name: str) -> None:
    """Print a fresh key called NAME; put it first in LINLI_KEY_RING."""
    click.echo(new_ring_key(name or f"k{secrets.token_hex(3)}"))
