"""The plugin contract's page: every hook by its signature, and its example plugin at work."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from flask import Flask
from marshmallow import Schema
from sqlalchemy.engine import make_url

import core
from core import migrate, sdk, tenancy
from core.app import create_app
from core.config import Config
from core.db import db
from core.indicators import tasks as indicators
from core.jobs import tasks
from core.plugin_host.demo import fill
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.loading import Installed, discover
from core.plugin_host.settings import service as settings
from core.plugin_host.spec import RUNTIME, Spec
from core.privacy import service as privacy
from core.servers import hold
from core.testing import world
from core.testing.world import Browser, District
from plugins.volunteer.service import CHUNK

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


@pytest.mark.parametrize("name", ["volunteer", "evaluation"])
def test_every_event_is_documented(name: str) -> None:
    plugin = plugin_of(name)
    assert plugin.contribution is not None
    events = {
        event.name + str(inspect.signature(event)).replace("'", "").removesuffix(" -> None")
        for event in plugin.contribution.events
    }
    assert {found for found in HEADING.findall(text()) if found.startswith(f"{name}.")} == events


def test_every_setting_of_volunteer_is_documented() -> None:
    plugin = plugin_of("volunteer")
    assert plugin.contribution is not None and plugin.manifest is not None
    assert plugin.manifest.settings is not None
    settings = [
        f"| `{name}` | {type(field).__name__} | `{field.load_default}` |"
        for name, field in plugin.manifest.settings().load_fields.items()
    ]
    section = text().partition("| setting of `volunteer`")[2].partition("\n\n")[0]
    assert section.splitlines()[2:] == settings
    assert f"One event for up to {CHUNK:,} attendances." in text()
    assert [f"`{one.id}`" for one in plugin.contribution.indicators] == ["`volunteer.hours`"]


def plugin_of(name: str) -> Installed:
    return next(plugin for plugin in discover("strict") if plugin.id == name)


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


@pytest.fixture
def place(noted: District) -> str:
    return noted.communities[0]


@pytest.fixture(scope="module")
def staff(noted: District) -> Browser:
    return noted.person("administrator", noted.communities[0])


PHONE = "13812345678"


def texts(noted: District, place: str) -> list[str]:
    """The notes of a place, as the example's resource lists them."""
    program = noted.program("viewer", place)
    answer = program.get(f"/api/v1/places/{place}/plugins/notes/notes")
    assert answer.status_code == 200
    return [item["text"] for item in answer.json["items"]]


def test_its_pages_and_resources_work(noted: District, place: str, staff: Browser) -> None:
    page = f"/{place}/notes/"
    assert staff.get(page).status_code == 200
    assert staff.send(page, {"text": "Gate is open", "phone": PHONE}).status_code == 303
    refused = staff.send(page, {"text": "x" * 201, "phone": PHONE})
    assert (refused.status_code, "At most 200 characters." in refused.text) == (422, True)
    program = noted.program("staff", place)
    url = f"/api/v1/places/{place}/plugins/notes/notes"
    made = program.post(url, json={"text": "Lamp is broken", "phone": PHONE})
    assert (made.status_code, made.json["text"]) == (201, "Lamp is broken")
    assert texts(noted, place) == ["Gate is open", "Lamp is broken"]
    neighbour = noted.neighbour(place)
    assert staff.get(f"/{neighbour}/notes/").status_code == 404
    document = staff.get("/api/v1/openapi.json").json
    assert "/places/{place_code}/plugins/notes/notes" in document["paths"]


def test_a_street_sees_who_takes_part(noted: District, place: str) -> None:
    street = noted.person("staff", place[:9])
    below = sum(code[:9] == place[:9] for code in noted.communities)
    answer = street.get(f"/{place[:9]}/notes/below", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert f"1 of {below} communities take part." in answer.text
    assert f'<a href="/{noted.neighbour(place)}">' in answer.text
    assert street.get(f"/{place}/notes/below").status_code == 404


def test_its_demo_data_is_made_once(app_with_notes: Flask, notes: Installed) -> None:
    xindu = world.onboard(app_with_notes, "510114")
    with app_with_notes.app_context(), tenancy.enter(xindu.tenant):
        assert [fill(notes, world.SYSTEM, xindu.code) for _ in range(2)] == ["", ""]
    assert texts(xindu, "510114001018") == ["The gate by the park is open again."]


def test_its_settings_slots_and_preview_are_shown(
    noted: District, place: str, staff: Browser
) -> None:
    with noted.entered():
        host = plugin_host()
        settings.change(world.SYSTEM, host, noted.place(place).view, "notes", {"longest": 40})
    answer = staff.send(f"/{place}/notes/", {"text": "x" * 41, "phone": PHONE})
    assert (answer.status_code, "At most 40 characters." in answer.text) == (422, True)
    assert staff.send(f"/{place}/notes/", {"text": "Newest", "phone": PHONE}).status_code == 303
    assert "Newest" in staff.get(f"/{place}").text
    assert f"{len(texts(noted, place))} notes" in staff.get(f"/{place}/-/").text
    preview = staff.get(f"/{place}/-/apps/notes/disable")
    assert "Notes stay and are shown again" in preview.text


def test_its_event_is_heard_and_its_job_and_indicator_run(
    noted: District, place: str, staff: Browser, notes: Installed
) -> None:
    for text_ in ("ab", "c"):
        assert staff.send(f"/{place}/notes/", {"text": text_, "phone": PHONE}).status_code == 303
    with noted.app.app_context():
        tasks.relay_events(noted.tenant)
    advice = "A note of two letters helps nobody."
    assert texts(noted, place)[-2:] == [advice, advice]

    before = texts(noted, place)
    with noted.entered():
        at = noted.place(place).view
        job = notes.plugin.tidy_now(world.SYSTEM, at)
    with noted.app.app_context():
        tasks.run_job(noted.tenant, str(job))
        indicators.refresh(noted.tenant)
    after = [one for one in before if len(one) > 1]
    assert texts(noted, place) == after != before
    with noted.entered():
        found = sdk.indicator_values("notes.count", place, sdk.period_at("month", sdk.now()))
        assert [value.value for value in found.values()] == [len(after)]


def test_it_hands_out_and_erases_a_person(
    noted: District, place: str, staff: Browser, notes: Installed
) -> None:
    assert staff.send(f"/{place}/notes/", {"text": "keep this", "phone": PHONE}).status_code == 303
    subject = sdk.Subject(PHONE)
    with noted.entered():
        host, district = plugin_host(), noted.place(noted.code)
        sections = privacy.export_person(world.SYSTEM, host, district, subject)
        held = next(section for section in sections if section.key == "notes.notes")
        assert {row["phone"] for row in held.rows} == {PHONE}
    assert notes.contribution is not None
    handlers = notes.contribution.personal_data
    assert handlers is not None
    with noted.entered():
        stranger = sdk.Subject("13600009999")
        counts = privacy.erase_person(
            world.SYSTEM, plugin_host(), noted.place(noted.code), stranger
        )
    assert {key for key in counts if key.startswith("notes.")} == set(handlers.erased)
    with noted.entered(), pytest.raises(sdk.Conflict, match="marked to be kept"):
        privacy.erase_person(world.SYSTEM, plugin_host(), noted.place(noted.code), subject)
