"""Deciding: every veto counts, a failure is a veto, and the plugin itself says what is open."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.accounts.actor import ANONYMOUS
from core.db import db
from core.plugin_host import queries
from core.plugin_host.contract import ErasureContext
from core.plugin_host.dispatch import vetoes
from core.plugin_host.health import service as health
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed, discover
from core.plugin_host.models import PluginFailure
from core.privacy.contract import Subject
from core.testing.world import District

Shelf = Callable[..., EntryPoint]
MakeApp = Callable[[list[Installed]], Flask]

ENGLISH = {"Accept-Language": "en"}
REFUSE = "@hookimpl\ndef linli_refuse_disable(self, ctx):\n"
ERASURE = "@hookimpl\ndef linli_refuse_erasure(self, ctx):\n"
PREVIEW = "@hookimpl\ndef linli_disable_preview(self, ctx):\n"
FAILED = "It failed when it was asked."
HEAD = """
import time
from sqlalchemy import insert
def known(): return db.session.execute(select(func.count()).select_from(Place)).scalar_one()
"""
OBJECTS = {
    "vetoes": ("return Veto(f'{ctx.plugin} is needed at {ctx.place.name}')", None),
    "counts and vetoes": ("return Veto(f'{known()} places need it')", None),
    "raises": ("raise RuntimeError('no answer')", "RuntimeError: no answer"),
    "exits": ("raise SystemExit", "SystemExit:"),
    "breaks its SQL": ("db.session.execute(text('SELECT 1/0'))", "DataError: (psycopg"),
    "swallows": (
        "try: db.session.execute(text('SELECT 1/0'))\nexcept Exception: return None",
        "Offence: a statement failed",
    ),
    "sleeps in SQL": (
        "db.session.execute(text('SELECT pg_sleep(9)'))",
        "OperationalError: (psycopg",
    ),
    "sleeps": ("time.sleep(1.05)", "TooSlow: it took 1."),
    "answers no": ("return False", "TypeError: it returned bool, not a Veto"),
    "gives no reason": ("return Veto(' ')", "ValueError: its veto has no reason"),
    "rolls back": ("db.session.rollback()", "Offence: it ended the transaction of core"),
    "commits": (
        "try: db.session.commit()\nexcept Exception: return None",
        "Offence: it tried to commit",
    ),
    "commits below": (
        "known()\ntry: db.session.connection().commit()\nexcept Exception: return None",
        "Offence: it tried to commit",
    ),
    "changes": (
        "db.session.execute(select(Place)).scalars().first().name = 'x'",
        "Offence: it tried to change data",
    ),
}
PREVIEWS = {
    "two things": ("return ['3 people are on duty', f'{known()} places']", None),
    "nothing": ("return []", None),
    "raises": ("raise RuntimeError('no answer')", "RuntimeError: no answer"),
    "breaks its SQL": ("db.session.execute(text('SELECT 1/0'))", "DataError: (psycopg"),
    "says a word": ("return 'word'", "TypeError: it returned str, not a sequence of lines"),
}
IDS = {name: f"o{number}" for number, name in enumerate(OBJECTS)}
SHOWN = {name: f"p{number}" for number, name in enumerate(PREVIEWS)}


@pytest.fixture(scope="module")
def stage(
    module_shelf: Shelf, make_module_app: MakeApp, roomy_district: Callable[[Flask, int], District]
) -> tuple[District, Iterator[str]]:
    """A district with fresh communities, and one plugin for each way to answer."""
    board = REFUSE + "    return Veto('I lock myself in')\n" + PREVIEW + "    return ['a game']"
    entries = [
        module_shelf("board", "", board),
        module_shelf("calm", "", _hook(REFUSE, "return None")),
    ]
    for name, (does, _said) in OBJECTS.items():
        of_person = does.replace("ctx.plugin", "ctx.subject.phone").replace("{ctx.place.name}", "0")
        hooks = _hook(REFUSE, does) + _hook(ERASURE, of_person)
        entries.append(module_shelf(IDS[name], HEAD, hooks))
    for name, (does, _said) in PREVIEWS.items():
        entries.append(module_shelf(SHOWN[name], HEAD, _hook(PREVIEW, does)))
    app = make_module_app(discover("strict", entries))
    district = roomy_district(app, len(OBJECTS) + len(PREVIEWS) + 6)
    return district, iter(district.communities)


@pytest.mark.parametrize("case", OBJECTS)
def test_one_veto_is_enough_and_a_failure_is_one(
    case: str, stage: tuple[District, Iterator[str]]
) -> None:
    district, communities = stage
    community, other = next(communities), IDS[case]
    for plugin in ("board", "calm", other):
        district.enable(plugin, community)
    admin = district.person("administrator", community)
    error = OBJECTS[case][1]
    reason = FAILED
    if error is None:
        with district.entered():
            name = district.place(community).name
        count = 1 + len(district.streets) + len(district.communities)
        reason = {
            "vetoes": f"board is needed at {name}",
            "counts and vetoes": f"{count} places need it",
        }[case]

    answer = admin.send(f"/{community}/-/apps/board/disable", headers=ENGLISH)

    assert answer.status_code == 409
    assert f"Others object. 名 {other}: {reason.rstrip('.')}" in html.unescape(answer.text)
    assert _on(district, community) == {"board", "calm", other}
    assert _failures(district, community) == ([] if error is None else [(other, 1, True)])
    if error is not None:
        assert _errors(district, community)[0].startswith(error)
    page = admin.get(f"/{community}/-/apps/board/disable", headers=ENGLISH)
    assert f"<li>名 {other}: {reason}</li>" in html.unescape(page.text)
    assert f'action="/{community}/-/apps/board/disable"' not in page.text
    assert admin.send(f"/{community}/-/apps/{other}/disable").status_code == 409
    assert "I lock myself in" in admin.get(f"/{community}/-/apps/{other}/disable").text


def test_all_vetoes_are_told_and_those_next_door_are_not_asked(
    stage: tuple[District, Iterator[str]],
) -> None:
    district, communities = stage
    community, next_door = next(communities), next(communities)
    for plugin in ("calm", IDS["answers no"], IDS["raises"], IDS["counts and vetoes"]):
        district.enable(plugin, community)
    district.enable("calm", next_door)
    chief = district.person("administrator", district.code)

    refused = chief.send(f"/{community}/-/apps/calm/disable", headers=ENGLISH)

    count = 1 + len(district.streets) + len(district.communities)
    told = [
        (IDS["answers no"], FAILED),
        (IDS["counts and vetoes"], f"{count} places need it"),
        (IDS["raises"], FAILED),
    ]
    listed = "; ".join(f"名 {id_}: {reason.rstrip('.')}" for id_, reason in sorted(told))
    assert f"Others object. {listed}" in html.unescape(refused.text)
    assert chief.send(f"/{next_door}/-/apps/calm/disable").status_code == 303
    assert _on(district, next_door) == set()


def test_one_that_is_set_aside_objects_until_it_is_tried_again(
    stage: tuple[District, Iterator[str]],
) -> None:
    district, communities = stage
    community = next(communities)
    for plugin in ("calm", SHOWN["nothing"]):
        district.enable(plugin, community)
    with district.entered():
        for _ in range(health.FAILURES):
            health.record(district.place(community).id, "calm", "linli_desk_panel", "x", "x")
    admin = district.person("administrator", community)
    off = f"/{community}/-/apps/{SHOWN['nothing']}/disable"

    refused = admin.send(off, headers=ENGLISH)

    assert refused.status_code == 409
    said = "名 calm: It is set aside after failures and cannot be asked"
    assert said in html.unescape(refused.text)
    assert admin.send(f"/{community}/-/apps/calm/health/retry").status_code == 303
    assert admin.send(off).status_code == 303
    assert _on(district, community) == {"calm"}


@pytest.mark.parametrize("case", PREVIEWS)
def test_what_is_open_is_shown_and_waits(case: str, stage: tuple[District, Iterator[str]]) -> None:
    district, communities = stage
    community, plugin = next(communities), SHOWN[case]
    district.enable(plugin, community)
    admin = district.person("administrator", community)
    url = f"/{community}/-/apps/{plugin}/disable"

    page = html.unescape(admin.get(url, headers=ENGLISH).text)

    error = PREVIEWS[case][1]
    assert ("could not be found out" in page) == (error is not None)
    count = 1 + len(district.streets) + len(district.communities)
    lines = [f"<li>{line}</li>" in page for line in ("3 people are on duty", f"{count} places")]
    assert lines == [case == "two things"] * 2
    assert f'action="{url}"' in page
    assert _failures(district, community) == ([] if error is None else [(plugin, 1, False)])
    assert admin.send(url).status_code == 303
    assert _on(district, community) == set()
    assert "There is nothing to switch off" in admin.get(url, headers=ENGLISH).text


def test_the_erasure_of_a_person_is_asked_of_every_plugin(
    stage: tuple[District, Iterator[str]],
) -> None:
    district, _communities = stage
    ctx = ErasureContext(ANONYMOUS, Subject("13812345678"))
    with district.entered():
        place = district.place(district.code)
        found = vetoes("linli_refuse_erasure", list(plugin_host().ready()), ctx, place_id=place.id)

    count = 1 + len(district.streets) + len(district.communities)
    said = {IDS[case]: FAILED for case in OBJECTS}
    said[IDS["vetoes"]] = "13812345678 is needed at 0"
    said[IDS["counts and vetoes"]] = f"{count} places need it"
    assert dict(found) == said
    failed = {id_ for id_, reason in said.items() if reason == FAILED}
    assert {id_ for id_, _count, _decides in _failures(district, district.code)} == failed


def test_decisions_that_fail_set_nobody_aside(stage: tuple[District, Iterator[str]]) -> None:
    district, communities = stage
    community = next(communities)
    for plugin in ("calm", IDS["raises"]):
        district.enable(plugin, community)
    admin = district.person("administrator", community)
    for _ in range(health.FAILURES + 1):
        admin.send(f"/{community}/-/apps/calm/disable")

    with district.entered():
        row = db.session.execute(
            select(PluginFailure.count, PluginFailure.quarantined_at).where(
                PluginFailure.place_id == district.place(community).id
            )
        ).one()
    assert tuple(row) == (health.FAILURES + 1, None)


def _hook(head: str, does: str) -> str:
    return head + "".join(f"    {line}\n" for line in does.splitlines())


def _on(district: District, community: str) -> set[str]:
    with district.entered():
        return set(queries.enabled_at(district.place(community).id))


def _failures(district: District, place: str) -> list[tuple[str, int, bool]]:
    """Plugin, count, and whether it is a decision that failed."""
    return [(r.plugin, r.count, r.hook.startswith("linli_refuse")) for r in _rows(district, place)]


def _errors(district: District, place: str) -> list[str]:
    return [row.error for row in _rows(district, place)]


def _rows(district: District, place: str) -> list[Any]:
    with district.entered():
        of = PluginFailure
        query = select(of.plugin, of.hook, of.count, of.error).where(
            of.place_id == district.place(place).id
        )
        return list(db.session.execute(query.order_by(of.plugin)).all())
