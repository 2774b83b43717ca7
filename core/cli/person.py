"""``linli person``: what is held about one person, handed out or erased."""

from __future__ import annotations

from collections.abc import Iterable

import click

from core.accounts.identity import mask_phone, normalise_phone
from core.cli.context import ACTOR, in_tenant, json_option, place_at, show
from core.plugin_host.host import plugin_host
from core.privacy import service
from core.privacy.contract import Counts, Section, Subject
from core.privacy.document import document

_phone_option = click.option("--phone", required=True, help="The person's mobile number.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@click.group()
def person() -> None:
    """Export or erase what a district holds about one person."""


@person.command()
@click.argument("district")
@_phone_option
@json_option
def export(district: str, phone: str, as_json: bool) -> None:
    """Count what DISTRICT holds about a person; with --json, print all of it."""
    subject = Subject(normalise_phone(phone))
    with in_tenant(district):
        verb = service.export_person if as_json else service.look_up_person
        found = verb(ACTOR, plugin_host(), place_at(district), subject)
    show(document(found), as_json, counted(found))


@person.command()
@click.argument("district")
@_phone_option
@yes_option
@json_option
def erase(district: str, phone: str, yes: bool, as_json: bool) -> None:
    """Erase a person everywhere in DISTRICT; ledgers stay, without the name."""
    subject = Subject(normalise_phone(phone))
    if not yes:
        with in_tenant(district):
            found = service.look_up_person(ACTOR, plugin_host(), place_at(district), subject)
        ask(f"What is held about {mask_phone(subject.phone)}", counted(found))
    with in_tenant(district):
        erased = service.erase_person(ACTOR, plugin_host(), place_at(district), subject)
    show({"erased": dict(erased)}, as_json, gone(erased))


def ask(heading: str, lines: str) -> None:
    """Go on only when the person at the shell agrees; all of it on the error output."""
    click.echo(f"{heading}:\n{lines}", err=True)
    click.confirm("Erase it? This cannot be undone.", abort=True, err=True)


def counted(sections: Iterable[Section]) -> str:
    """Return one line for each section that has rows."""
    lines = [f"{s.key}\t{len(s.rows)}\t{s.title}" for s in sections if s.rows]
    return "\n".join(lines) or "Nothing."


def gone(erased: Counts) -> str:
    """Return one line for each kind of which something was erased."""
    lines = [f"{key}\t{count}" for key, count in erased.items() if count]
    return "\n".join(["Erased:", *lines]) if lines else "There was nothing to erase."
