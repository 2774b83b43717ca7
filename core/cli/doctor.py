"""``linli doctor``: settings and where they came from, servers, plugins."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from typing import Any

import click

from core import config as configuration
from core.cli.context import json_option
from core.config import Config
from core.plugin_host.loading import discover
from core.servers import status


@click.command()
@json_option
def doctor(as_json: bool) -> None:
    """Say how this installation is set up; changes and starts nothing."""
    config = configuration.load(keep=False)
    plugins = discover("normal" if config.plugins == "strict" else config.plugins)
    report: dict[str, Any] = {
        "version": importlib.metadata.version("linli"),
        "python": platform.python_version(),
        "settings": [
            {"name": s.name, "value": s.value, "source": s.source} for s in config.settings
        ],
        "servers": _servers(config),
        "plugins": [
            {"id": p.id, "version": p.version, "state": p.state, "reason": p.reason}
            for p in plugins
        ],
    }
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
        return
    click.echo(f"linli {report['version']} on Python {report['python']}")
    _section("Settings", [f"{s.name} = {s.value}  ({s.source})" for s in config.settings])
    _section("Servers", [f"{name}: {value}" for name, value in report["servers"].items()])
    lines = [f"{p.id} {p.version}: {p.state} {p.reason}".rstrip() for p in plugins]
    _section("Plugins", lines or ["none installed"])


def _servers(config: Config) -> dict[str, Any]:
    if not config.embedded:
        return {"kind": "configured by DATABASE_URL and VALKEY_URL"}
    found = status(config.home)
    return {
        "kind": "embedded",
        "data": str(found.data),
        "why_there": found.why,
        "user": found.user,
        "running": found.running,
        "processes": dict(found.processes),
        "holders": list(found.holders),
        "sockets": str(found.sockets or ""),
        "versions": dict(found.versions),
    }


def _section(title: str, lines: list[str]) -> None:
    click.echo(f"\n{title}")
    for line in lines:
        click.echo(f"  {line}")
