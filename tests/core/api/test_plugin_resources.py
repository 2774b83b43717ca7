"""What a plugin's author gets: resources guarded, loaded, dumped, tagged and described by core."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from marshmallow import Schema, fields, validate
from sqlalchemy import text

from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.loading import discover
from core.sdk import (
    ApiContext,
    Conflict,
    FormSchema,
    Manifest,
    NotFound,
    Page,
    Permission,
    Resources,
    hookimpl,
)
from core.servers import Addresses
from core.testing import world
from core.testing.world import District, Program

EN = {"Accept-Language": "en"}
VIEW, EDIT = "notes.note.view", "notes.note.edit"
api = Resources()
notes: dict[str, dict[UUID, dict[str, Any]]] = {}
asked_for_change: list[bool] = []


class Line(Schema):
    text = fields.String(required=True, validate=validate.Length(min=1, max=20))
    weight = fields.Integer(load_default=1, validate=validate.Range(min=1, max=9))


class NoteIn(Schema):
    title = fields.String(required=True, validate=validate.Length(max=20))
    lines = fields.List(fields.Nested(Line), load_default=[])
    due = fields.Date(load_default=None, allow_none=True)
    price = fields.Decimal(load_default=None, allow_none=True)


class NoteOut(NoteIn):
    id = fields.UUID(required=True)


class NoteQuery(FormSchema):
    title = fields.String(load_default="", validate=validate.Length(max=5))
    heavy = fields.Boolean(load_default=False)
    weights = fields.List(fields.Integer(), load_default=[])


class Settings(FormSchema):
    step = fields.Integer(
        load_default=30, validate=validate.Range(min=1, max=60), metadata={"label": "步长"}
    )


def here(ctx: ApiContext) -> dict[UUID, dict[str, Any]]:
    return notes.setdefault(ctx.place.code, {})


@api.get("/notes", permission=VIEW, answer=NoteOut, query=NoteQuery, paged=True, summary="List")
def index(ctx: ApiContext) -> Page[Any]:
    rows = [note for note in here(ctx).values() if ctx.query["title"] in note["title"]]
    first = (ctx.paging.number - 1) * ctx.paging.size
    shown = rows[first : first + ctx.paging.size]
    return Page(shown, len(rows), ctx.paging.number, ctx.paging.size)


@api.post("/notes", permission=EDIT, body=NoteIn, answer=NoteOut, summary="Write")
def write(ctx: ApiContext) -> dict[str, Any]:
    if any(note["title"] == ctx.body["title"] for note in here(ctx).values()):
        raise Conflict("There is one of that title.", field="title")
    note = {"id": uuid4(), **ctx.body}
    here(ctx)[note["id"]] = note
    return note


@api.get("/notes/<uuid:note_id>", permission=VIEW, answer=NoteOut, summary="Read")
def note(ctx: ApiContext, note_id: UUID) -> dict[str, Any]:
    asked_for_change.append(ctx.for_change)
    if note_id not in here(ctx):
        raise NotFound()
    return here(ctx)[note_id]


@api.put(
    "/notes/<uuid:note_id>",
    permission=EDIT,
    body=NoteIn,
    answer=NoteOut,
    current="note",
    summary="Replace",
)
def replace_note(ctx: ApiContext, note_id: UUID) -> dict[str, Any]:
    here(ctx)[note_id] = {"id": note_id, **ctx.body}
    return here(ctx)[note_id]


@api.delete("/notes/<uuid:note_id>", permission=EDIT, current="note", summary="Remove")
def remove(ctx: ApiContext, note_id: UUID) -> None:
    del here(ctx)[note_id]


@api.get("/broken", permission=VIEW, answer=NoteOut, summary="Fail")
def broken(ctx: ApiContext) -> Any:
    raise RuntimeError("the secret of the trace")


class Notes:
    manifest = Manifest(id="notes", name="便签", summary="记事", settings=Settings)

    @hookimpl
    def linli_permissions(self) -> list[Permission]:
        return [
            Permission(VIEW, "看", ("administrator", "staff", "viewer")),
            Permission(EDIT, "写", ("administrator",)),
        ]

    @hookimpl
    def linli_resources(self) -> Resources:
        return api


class Reckless:
    manifest = Manifest(id="reckless", name="莽撞", summary="抢先提交")

    @hookimpl
    def linli_refuse_disable(self, ctx: Any) -> None:
        db.session.execute(text("SELECT 1"))
        db.session.connection().connection.driver_connection.commit()


plugin, reckless = Notes(), Reckless()


@dataclass(frozen=True)
class Office:
    """A community with the plugin, and the programs that ask it."""

    district: District
    community: str
    admin: Program
    viewer: Program

    @property
    def url(self) -> str:
        return f"/api/v1/places/{self.community}/plugins/notes"


@pytest.fixture(scope="module")
def application(config: Config, addresses: Addresses) -> Iterator[Flask]:
    entries = [
        EntryPoint("notes", f"{__name__}:plugin", "linli.plugins.v1"),
        EntryPoint("reckless", f"{__name__}:reckless", "linli.plugins.v1"),
    ]
    made = create_app(
        config,
        database_url=addresses.database_url,
        valkey_url=addresses.valkey_url,
        installed=discover("strict", entries),
    )
    made.config["PROPAGATE_EXCEPTIONS"] = False
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module")
def office(app: Flask, application: Flask, unused_codes: Iterator[str]) -> Office:
    district = replace(world.onboard(app, next(unused_codes)), app=application)
    community = district.communities[0]
    district.enable("notes", community)
    return Office(
        district,
        community,
        district.program("administrator", community),
        district.program("viewer", community),
    )


def test_an_object_is_made_read_changed_and_removed(office: Office) -> None:
    sent = {"title": "浇花", "lines": [{"text": "月季"}], "due": "2026-05-01", "price": 1.5}
    made = office.admin.post(f"{office.url}/notes", json=sent)
    shown = {**sent, "id": made.json["id"], "lines": [{"text": "月季", "weight": 1}]}
    assert (made.status_code, made.json) == (201, shown)
    url = f"{office.url}/notes/{made.json['id']}"
    got = office.viewer.get(url)
    assert (got.status_code, got.json) == (200, shown)

    asked_for_change.clear()
    changed = office.admin.put(
        url, json={"title": "浇水"}, headers={"If-Match": got.headers["ETag"]}
    )
    empty = {"id": made.json["id"], "title": "浇水", "lines": [], "due": None, "price": None}
    assert (changed.status_code, changed.json) == (200, empty)
    assert asked_for_change == [True, False]
    assert changed.headers["ETag"] == office.viewer.get(url).headers["ETag"]

    assert office.admin.delete(url).status_code == 428
    stale = office.admin.delete(url, headers={"If-Match": got.headers["ETag"]})
    assert stale.status_code == 412
    gone = office.admin.delete(url, headers={"If-Match": changed.headers["ETag"]})
    assert (gone.status_code, gone.data) == (204, b"")
    assert office.viewer.get(url).status_code == 404


def test_bodies_are_read_in_depth(office: Office) -> None:
    sent = {
        "titel": "浇花",
        "lines": [{"text": "月季", "weight": "3"}, {"text": "", "weight": 10, "x": 1}, "菊花"],
        "due": "01.05.2026",
        "price": "1.5",
    }
    answer = office.admin.post(f"{office.url}/notes", json=sent, headers=EN)
    assert (answer.status_code, answer.json["errors"]) == (
        422,
        {
            "titel": ["This field is not known."],
            "title": ["Please fill this in."],
            "lines.0.weight": ["Enter a whole number."],
            "lines.1.text": ["1 to 20 characters."],
            "lines.1.weight": ["Between 1 and 9."],
            "lines.1.x": ["This field is not known."],
            "lines.2": ["Send an object with names and values."],
            "due": ["Enter a date."],
            "price": ["Enter a number."],
        },
    )


def test_queries_are_read_by_type(office: Office) -> None:
    url = f"{office.url}/notes"
    assert office.viewer.get(f"{url}?title=x&heavy=true&weights=1&weights=2").status_code == 200
    wrong = office.viewer.get(f"{url}?title=123456&heavy=yes&weights=1&weights=x", headers=EN)
    assert (wrong.status_code, wrong.json["errors"]) == (
        422,
        {
            "title": ["At most 5 characters."],
            "heavy": ["Choose yes or no."],
            "weights.1": ["Enter a whole number."],
        },
    )


def test_links_keep_the_filter(office: Office) -> None:
    for number in range(3):
        office.admin.post(f"{office.url}/notes", json={"title": f"第 {number} 张"})
    answer = office.viewer.get(f"{office.url}/notes?title=第&size=2")
    assert (len(answer.json["items"]), answer.json["pages"]) == (2, 2)
    following = 'title=%E7%AC%AC&page=2&size=2>; rel="next"'
    assert following in answer.headers["Link"]


def test_a_refusal_of_the_plugin_keeps_its_field(office: Office) -> None:
    office.admin.post(f"{office.url}/notes", json={"title": "同名"})
    again = office.admin.post(f"{office.url}/notes", json={"title": "同名"})
    assert (again.status_code, again.json["type"], again.json["field"]) == (
        409,
        "urn:linli:conflict",
        "title",
    )
    assert office.viewer.post(f"{office.url}/notes", json={"title": "x"}).json["permission"] == EDIT


def test_what_fails_shows_no_trace(office: Office) -> None:
    answer = office.viewer.get(f"{office.url}/broken")
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_switched_off_it_is_not_there_and_keeps_what_it_has(office: Office) -> None:
    url = f"{office.url}/notes"
    made = office.admin.post(url, json={"title": "留着"})
    neighbour = office.district.neighbour(office.community)
    office.district.disable("notes", office.community)
    assert office.admin.get(url).status_code == 404
    office.district.enable("notes", office.community)
    assert office.admin.get(f"{url}/{made.json['id']}").json["title"] == "留着"
    office.district.enable("notes", neighbour)
    other = office.district.program("administrator", office.district.code)
    elsewhere = f"/api/v1/places/{neighbour}/plugins/notes/notes"
    assert other.get(f"{elsewhere}/{made.json['id']}").status_code == 404
    assert other.get(elsewhere).json["total"] == 0


class TestSettings:
    def test_switch_and_settings_in_one_step_or_not_at_all(self, office: Office) -> None:
        district, place = office.district, office.district.communities[1]
        program = district.program("administrator", district.code)
        url = f"/api/v1/places/{place}/plugins/notes"
        street = f"/api/v1/places/{place[:9]}/plugins/notes"
        any_ = {"If-Match": "*", **EN}
        district.disable("notes", place)

        refused = program.put(url, json={"enabled": True, "settings": {"step": 61}}, headers=any_)
        assert (refused.status_code, refused.json["errors"]) == (
            422,
            {"settings.step": ["Between 1 and 60."]},
        )
        before = program.get(url)
        assert (before.json["enabled"], before.json["settings"]) == (False, {})
        assert before.json["in_force"] == {"step": 30}

        both = program.put(
            url,
            json={"enabled": True, "settings": {"step": 15}},
            headers={"If-Match": before.headers["ETag"]},
        )
        assert (both.status_code, both.json["enabled"], both.json["active"]) == (200, True, True)
        assert (both.json["settings"], both.json["in_force"]) == ({"step": 15}, {"step": 15})
        assert both.headers["ETag"] == program.get(url).headers["ETag"]

        above = program.put(street, json={"settings": {"step": 20}}, headers=any_)
        assert (above.status_code, above.json["enabled"]) == (200, None)
        assert program.get(url).json["in_force"] == {"step": 15}
        inherited = program.put(url, json={"settings": {}}, headers=any_)
        assert (inherited.json["settings"], inherited.json["in_force"]) == ({}, {"step": 20})

    def test_a_lock_is_said_at_its_setting(self, office: Office) -> None:
        district, place = office.district, office.district.communities[1]
        with district.entered():
            from core.plugin_host.host import plugin_host
            from core.plugin_host.settings.service import change

            street = district.place(place[:9]).view
            change(world.SYSTEM, plugin_host(), street, "notes", {"step": 20}, locked=["step"])
        program = district.program("administrator", place)
        answer = program.put(
            f"/api/v1/places/{place}/plugins/notes",
            json={"settings": {"step": 5}},
            headers={"If-Match": "*"},
        )
        assert (answer.status_code, answer.json["field"]) == (409, "settings.step")

    def test_a_refused_switch_leaves_the_settings_whoever_commits(self, office: Office) -> None:
        place = office.district.communities[2]
        for plugin_id in ("notes", "reckless"):
            office.district.enable(plugin_id, place)
        program = office.district.program("administrator", place)
        url = f"/api/v1/places/{place}/plugins/notes"
        before = program.get(url)

        refused = program.put(
            url,
            json={"enabled": False, "settings": {"step": 5}},
            headers={"If-Match": before.headers["ETag"]},
        )

        assert (refused.status_code, refused.json["field"]) == (409, "plugin")
        after = program.get(url)
        assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
        assert (after.json["enabled"], after.json["settings"]) == (True, {})

    def test_only_who_may_set_them_reads_them(self, office: Office) -> None:
        district, place = office.district, office.district.communities[-1]
        url = f"/api/v1/places/{place}/plugins/notes"
        admin = district.program("administrator", place)
        switching = district.program(
            "administrator", place, "core.place.view", "core.plugin.enable"
        )
        any_ = {"If-Match": "*"}
        hidden = {"settings": None, "in_force": None, "locked": None}
        kept = district.program("viewer", place).get(url)

        assert admin.put(url, json={"settings": {"step": 7}}, headers=any_).status_code == 200

        shown = admin.get(url).json
        assert {key: shown[key] for key in hidden} == {
            "settings": {"step": 7},
            "in_force": {"step": 7},
            "locked": [],
        }
        for program in (district.program("viewer", place), switching):
            answer = program.get(url)
            assert answer.json == shown | hidden
            assert answer.headers["ETag"] == kept.headers["ETag"]
            refused = program.put(url, json={"settings": {"step": 8}}, headers=any_)
            assert (refused.status_code, refused.json["permission"]) == (
                403,
                "core.plugin.configure",
            )
        switched = switching.put(
            url, json={"enabled": True}, headers={"If-Match": kept.headers["ETag"]}
        )
        assert switched.status_code == 200
        assert {key: switched.json[key] for key in hidden} == hidden
        assert admin.get(url).json["settings"] == {"step": 7}
