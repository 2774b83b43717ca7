"""The plugin contract's page: every hook by its signature, and its example plugin at work."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from marshmallow import Schema
from sqlalchemy.engine import make_url

import core
from core import migrate, sdk
from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed, discover
from core.plugin_host.spec import RUNTIME, Spec
from core.servers import hold
from core.testing import world
from core.testing.world import District

PAGE = Path(str(core.__file__)).parents[1] / "docs/plugins/contract.md"
BLOCK = re.compile(r"^```(python|jinja)(?: (\S+))?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^### `(.+)`$", re.MULTILINE)


def text() -> str:
    return PAGE.read_text("utf-8")


def signature(name: str, function: object) -> str:
    """A function's signature as the page writes it."""
    written = str(inspect.signature(function)).replace("'", "")  # type: ignore[arg-type]
    return name + written.replace("(self, ", "(").replace("(self)", "()")


def hooks() -> dict[str, str]:
    found = inspect.getmembers(Spec, inspect.isfunction)
    return {name: signature(name, function) for name, function in found}


def test_every_hook_has_a_heading_with_its_signature() -> None:
    headings = [found for found in HEADING.findall(text()) if found.startswith("linli_")]
    assert sorted(headings) == sorted(hooks().values())


def test_the_example_implements_every_hook(notes: Installed) -> None:
    assert {name for name in dir(notes.plugin) if name.startswith("linli_")} == hooks().keys()
    assert notes.contribution is not None
    assert tuple(notes.contribution.hooks) == RUNTIME


def test_every_name_of_the_sdk_stands_with_its_signature() -> None:
    section = text().partition("## Names of the SDK")[2]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert [line.split("` | ")[0] for line in rows] == [f"| `{entry(name)}" for name in sdk.__all__]
    assert [line for line in rows if line.endswith("| |")] == []


def entry(name: str) -> str:
    """A name of the SDK as the page's table has it; a default is only said to be one."""
    thing = getattr(sdk, name)
    is_class = inspect.isclass(thing) and not issubclass(thing, Schema)
    if not (is_class or inspect.isroutine(thing)):
        return name
    shown = inspect.signature(thing)
    parameters = [
        p.replace(default=...) if p.default is not p.empty else p for p in shown.parameters.values()
    ]
    written = str(shown.replace(parameters=parameters)).replace("'", "").replace("Ellipsis", "…")
    return name + written.removesuffix(" -> None").replace("|", "\\|")


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """The page's example, written to files and loaded as any plugin is."""
    folder = tmp_path_factory.mktemp("example")
    package = folder / "contract_notes"
    module = ""
    for _language, path, body in BLOCK.findall(text()):
        if path:
            (package / path).parent.mkdir(parents=True, exist_ok=True)
            (package / path).write_text(body, "utf-8")
        else:
            module += body + "\n\n"
    (package / "__init__.py").write_text(module, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        (loaded,) = discover("strict", [EntryPoint("notes", "contract_notes", "linli.plugins.v1")])
        yield loaded


@pytest.fixture(scope="module")
def app_with_notes(
    notes: Installed, config: Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """An application with the example, on servers of its own, since it brings a table."""
    home = tmp_path_factory.mktemp("home")
    home.chmod(0o755)
    with hold(home, durable=False) as held:
        at = held.addresses
        role = make_url(at.database_url).username or ""
        migrate.upgrade(at.database_owner_url, role, PluginHost([notes]).histories())
        made = create_app(
            replace(config, home=home),
            database_url=at.database_url,
            valkey_url=at.valkey_url,
            installed=[notes],
        )
        made.config["PROPAGATE_EXCEPTIONS"] = False
        yield made
        with made.app_context():
            db.engine.dispose()


@pytest.fixture(scope="module")
def noted(app_with_notes: Flask, unused_codes: Iterator[str]) -> District:
    """A district in which one community has switched the example on."""
    made = world.onboard(app_with_notes, next(unused_codes))
    made.enable("notes", made.communities[0])
    return made
