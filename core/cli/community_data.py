"""``linli plugin export`` and ``erase``: what a plugin holds for one community."""

from __future__ import annotations

from pathlib import Path

import click

from core import tenancy
from core.cli.context import (
    ACTOR,
    application,
    in_tenant,
    json_option,
    place_at,
    recorded,
    show,
    tenant_of,
)
from core.cli.person import ask, counted, gone, yes_option
from core.db import db
from core.files.queries import files_of
from core.places.codes import route_code
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.privacy.community import erase_community, export_community
from core.privacy.document import document


@click.command()
@click.argument("place")
@click.argument("plugin_id", metavar="PLUGIN")
@click.option(
    "--files",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder to write its files to, each named by its id.",
)
@json_option
def export(place: str, plugin_id: str, folder: Path | None, as_json: bool) -> None:
    """Count what PLUGIN holds for the community PLACE; with --json, print all of it."""
    with in_tenant(place):
        at = place_at(place)
        found = export_community(ACTOR, plugin_host(), at, plugin_id)
        if folder is not None:
            _write_files(folder, at.view, plugin_id)
    show(document(found), as_json, counted(found))


@click.command()
@click.argument("place")
@click.argument("plugin_id", metavar="PLUGIN")
@yes_option
@json_option
def erase(place: str, plugin_id: str, yes: bool, as_json: bool) -> None:
    """Erase all that PLUGIN, switched off, holds for the community PLACE, ledgers included."""
    with application(), tenancy.enter(tenant_of(place)):
        if not yes:
            with recorded():
                found = export_community(ACTOR, plugin_host(), place_at(place), plugin_id)
            ask(f"What {plugin_id} holds for {place}", counted(found))
        with tenancy.batch(), recorded():
            district = place_at(route_code(place))
            erased = erase_community(ACTOR, plugin_host(), district, place_at(place), plugin_id)
    show({"erased": dict(erased)}, as_json, gone(erased))


def _write_files(folder: Path, place: PlaceView, plugin_id: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files_of(place, plugin_id).all():
        (folder / f"{file.id}{Path(file.name).suffix}").write_bytes(file.content)
        db.session.expunge(file)
