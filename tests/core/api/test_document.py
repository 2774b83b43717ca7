"""The OpenAPI document and its page: all that answers, each plugin's part on its own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.loading import discover
from core.servers import Addresses
from core.testing import world
from core.testing.world import Browser, District

_numbers = itertools.count()
DOCUMENT = "/api/v1/openapi.json"
EN = {"Accept-Language": "en"}
PLUGIN = """
from marshmallow import Schema, fields, validate
from core.sdk import *
class Out(Schema):
    n = {field}
api = Resources()
@api.get("/things", permission="{id}.thing.view", answer=Out, summary="Read the {id}")
def things(ctx): return {{"n": 1}}
class Plugin:
    manifest = Manifest(id="{id}", name="{id}", summary="s")
    @hookimpl
    def linli_permissions(self): return [Permission("{id}.thing.view", "see", ("viewer",))]
    @hookimpl
    def linli_resources(self): return api
plugin = Plugin()
"""


@pytest.fixture
def app_with(
    config: Config, addresses: Addresses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Flask]]:
    """Build an application with plugins whose answer has this field."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made: list[Flask] = []

    def build(**plugins: str) -> Flask:
        entries = []
        for id_, field in plugins.items():
            module = f"api_{next(_numbers)}_{id_}"
            text = PLUGIN.format(id=id_, field=field)
            (tmp_path / f"{module}.py").write_text(text, "utf-8")
            entries.append(EntryPoint(id_, f"{module}:plugin", "linli.plugins.v1"))
        made.append(
            create_app(
                config,
                database_url=addresses.database_url,
                valkey_url=addresses.valkey_url,
                installed=discover("normal", entries),
            )
        )
        return made[-1]

    yield build
    for app in made:
        with app.app_context():
            db.engine.dispose()


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        (method.upper(), f"/api/v1{path}")
        for path, methods in document["paths"].items()
        for method in methods
    }


def test_it_describes_every_resource_and_nothing_else(app: Flask, visitor: Browser) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/places")
    }
    answer = visitor.get(DOCUMENT)
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    assert operations(answer.json) == routes
    assert answer.json["info"]["x-left-out"] == []
    again = visitor.get(DOCUMENT, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_an_operation_tells_all_that_one_needs(visitor: Browser) -> None:
    document = visitor.get(DOCUMENT, headers=EN).json
    put = document["paths"]["/places/{place_code}/plugins/{plugin_id}"]["put"]
    assert (put["operationId"], put["tags"], put["x-permission"]) == (
        "core.change_plugin",
        ["core"],
        ["core.place.view", "core.plugin.enable", "core.plugin.configure"],
    )
    assert put["x-permission-for"] == {
        "core.plugin.enable": "To switch it on or off (enabled).",
        "core.plugin.configure": "To set its settings (settings).",
    }
    get = document["paths"]["/places/{place_code}/plugins/{plugin_id}"]["get"]
    assert (get["x-permission"], "x-permission-for" in get) == ("core.place.view", False)
    assert [(p["in"], p["name"], p["required"]) for p in put["parameters"]] == [
        ("path", "place_code", True),
        ("path", "plugin_id", True),
        ("header", "If-Match", True),
    ]
    statuses = ["200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "503"]
    assert sorted(put["responses"]) == statuses
    body = put["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"$ref": "#/components/schemas/core.PluginChange"}
    change = document["components"]["schemas"]["core.PluginChange"]
    assert change["additionalProperties"] is False
    assert change["properties"]["enabled"] == {
        "type": "boolean",
        "title": "Switched on",
        "description": "Only at communities. Needs the permission core.plugin.enable.",
    }
    token = document["components"]["securitySchemes"]["token"]
    assert (document["security"], token) == ([{"token": []}], {"type": "http", "scheme": "bearer"})


def test_at_a_place_it_keeps_what_is_active_there(
    district: District, community: str, visitor: Browser
) -> None:
    def tags(code: str) -> list[str]:
        answer = visitor.get(f"{DOCUMENT}?place={code}")
        assert answer.status_code == 200
        return [tag["name"] for tag in answer.json["tags"]]

    assert tags(community) == ["core"]
    district.enable("volunteer", community)
    assert tags(community) == ["core", "volunteer"]
    assert tags(district.neighbour(community)) == ["core"]
    for code in (f"{community[:9]}999", "990101", "x", ""):
        assert visitor.get(f"{DOCUMENT}?place={code}").status_code == 404


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("fields.Nested('Nowhere')", "RegistryError: "),
        ("fields.Integer(metadata={'minimum': 'many'})", "minimum cannot be 'many'"),
        ("fields.String(metadata={'pattern': '('})", "pattern cannot be '('"),
        ("fields.String(metadata={'type': 'text'})", "type cannot be 'text'"),
        ("fields.String(metadata={'default': object()})", "is nothing that JSON has"),
        ("fields.Raw(metadata={'items': {'$ref': '#/components/schemas/no'}})", "leads nowhere"),
    ],
)
def test_a_part_that_cannot_be_described_is_left_out_alone(
    app_with: Callable[..., Flask], field: str, reason: str
) -> None:
    made = app_with(bad=field, good="fields.Integer()")
    visitor = world.browser(made)
    document = visitor.get(DOCUMENT, headers=EN).json
    assert [tag["name"] for tag in document["tags"]] == ["core", "good"]
    assert ("GET", "/api/v1/places/{place_code}/plugins/bad/things") not in operations(document)
    assert ("GET", "/api/v1/places/{place_code}/plugins/good/things") in operations(document)
    (left_out,) = document["info"]["x-left-out"]
    assert left_out["plugin"] == "bad"
    assert reason in left_out["reason"]
    page = visitor.get("/api/v1/", headers=EN).text
    assert "The resources of bad cannot be described" in page


def test_what_is_left_out_of_it_answers_all_the_same(
    app_with: Callable[..., Flask], district: District, community: str
) -> None:
    made = app_with(bad="fields.Integer(metadata={'minimum': 'many'})")
    district.app = made
    district.enable("bad", community)
    program = district.program("viewer", community)
    answer = program.get(f"/api/v1/places/{community}/plugins/bad/things")
    assert (answer.status_code, answer.json) == (200, {"n": 1})


@pytest.mark.parametrize(("language", "told"), [("en", "How to ask"), ("zh-CN", "zh-CN")])
def test_its_page_shows_every_operation(visitor: Browser, language: str, told: str) -> None:
    answer = visitor.get("/api/v1/", headers={"Accept-Language": language})
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert told in answer.text
    document = visitor.get(DOCUMENT).json
    shown = set(re.findall(r'<details class="card api-operation" id="([\w.]+)"', answer.text))
    assert shown == {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
    }
    assert 'href="/api/v1/"' in visitor.get("/").text
    assert visitor.get("/api/v1").status_code == 308


def test_the_page_names_what_each_part_of_a_change_needs(visitor: Browser) -> None:
    page = visitor.get("/api/v1/", headers=EN).text
    operation = page.partition('id="core.change_plugin"')[2].partition("</details>")[0]
    needs = operation.partition("Needs the permission")[2].partition("</ul>")[0]
    assert re.findall(r"<code>([^<]+)</code>([^<]*)", needs) == [
        ("core.place.view", ""),
        ("core.plugin.enable", " To switch it on or off (enabled)."),
        ("core.plugin.configure", " To set its settings (settings)."),
    ]
