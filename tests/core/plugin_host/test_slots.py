"""Slots: whatever a plugin does there, the page stands, its neighbour's box is in it, and the
failure is recorded with its plugin's name and reason."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint

import pytest
from flask import Flask
from sqlalchemy import select, text

from core.accounts.actor import ANONYMOUS
from core.audit import attempt
from core.db import db
from core.places.models import Place
from core.plugin_host.activation import Switches
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed, discover
from core.plugin_host.models import PluginFailure, PluginPolicy
from core.plugin_host.page import contexts
from core.testing.world import SYSTEM, District, browser

Shelf = Callable[..., EntryPoint]
MakeApp = Callable[[list[Installed]], Flask]

PANEL = "@hookimpl\ndef linli_public_panel(self, ctx):\n"
HEAD = """
import time
from sqlalchemy import insert, update
from flask_babel import lazy_gettext
class Rude(Exception):
    def __str__(self): raise ValueError('no title')
def shown(): return Panel('swallowed', 'swallowed')
def made(): return Place(code='999999', kind='district', name='x', official_name='x')
def found(): return db.session.execute(select(Place).order_by(Place.code)).scalars().first()
"""
COUNT = """
found = db.session.execute(select(func.count()).select_from(Place)).scalar_one()
return Panel('places', f'counted {found}')
"""
FAULTS = {
    "raises": ("raise RuntimeError('no panel today')", "RuntimeError: no panel today"),
    "refuses": ("raise NotFound()", "NotFound: 此网址没有内容"),
    "exits": ("raise SystemExit(3)", "SystemExit: 3"),
    "is wordless": ("raise ValueError", "ValueError:"),
    "speaks badly": ("raise ValueError('a\\0b\\ud800')", "ValueError: a�b?"),
    "has no words": ("raise Rude", "Rude: it cannot say what it is"),
    "breaks its SQL": (
        "db.session.execute(text('SELECT * FROM nowhere'))",
        "ProgrammingError: (psycopg.errors.UndefinedTable)",
    ),
    "swallows": (
        "try: db.session.execute(text('SELECT * FROM nowhere'))\nexcept Exception: return shown()",
        "Offence: a statement failed and its error was swallowed",
    ),
    "sleeps in SQL": (
        "db.session.execute(text('SELECT pg_sleep(20)'))",
        "OperationalError: (psycopg.errors.QueryCanceled)",
    ),
    "sleeps": ("time.sleep(1.05)\nreturn shown()", "TooSlow: it took 1."),
    "adds": ("db.session.add(made())\nreturn shown()", "Offence: it tried to change data"),
    "flushes": ("db.session.add(made())\ndb.session.flush()", "Offence: it tried to change data"),
    "flushes by asking": ("db.session.add(made())\nfound()", "Offence: it tried to change data"),
    "flushes in secret": (
        "try: db.session.add(made()); db.session.flush()\nexcept Exception: return shown()",
        "Offence: it tried to change data",
    ),
    "changes": ("found().name = 'x'\nreturn shown()", "Offence: it tried to change data"),
    "deletes": ("db.session.delete(found())\nreturn shown()", "Offence: it tried to change data"),
    "inserts": (
        "db.session.execute(insert(Place).values(code='999999', kind='district', name='x'))",
        "Offence: it tried to change data",
    ),
    "updates": (
        "db.session.execute(update(Place).values(name='x'))",
        "Offence: it tried to change data",
    ),
    "updates below": (
        "of = Place.tenant_id == tenant_id()\n"
        "db.session.connection().execute(update(Place).where(of).values(name='x'))",
        "InternalError: (psycopg.errors.ReadOnlySqlTransaction)",
    ),
    "wants to write": (
        "found()\ndb.session.execute(text('SET transaction_read_only = off'))",
        "InternalError: (psycopg.errors.ActiveSqlTransaction)",
    ),
    "commits": ("db.session.commit()", "Offence: it tried to commit"),
    "commits in secret": (
        "try: db.session.commit()\nexcept Exception: return shown()",
        "Offence: it tried to commit",
    ),
    "commits below": ("found()\ndb.session.connection().commit()", "Offence: it tried to commit"),
    "commits by hand": (
        "db.session.execute(text('  commit'))",
        "Offence: it tried to end the transaction of core",
    ),
    "commits behind another": (
        "db.session.execute(text('SELECT 1; COMMIT'))",
        "Offence: it tried to end the transaction of core",
    ),
    "commits behind a remark": (
        "db.session.execute(text('/* x */ COMMIT'))",
        "Offence: it tried to end the transaction of core",
    ),
    "lets the savepoint go": (
        "found()\ndb.session.execute(text('RELEASE SAVEPOINT linli_slot'))",
        "Offence: it tried to end the transaction of core",
    ),
    "commits past all": (
        "found()\ndb.session.connection().connection.dbapi_connection.execute('COMMIT')",
        "Offence: it ended the transaction of core",
    ),
    "rolls back": ("db.session.rollback()", "Offence: it ended the transaction of core"),
    "rolls back and asks": (
        "db.session.rollback()\nfound()\nreturn shown()",
        "Offence: it ended the transaction of core",
    ),
    "closes": ("db.session.remove()\nreturn shown()", "Offence: it ended the transaction of core"),
    "goes beside": (
        "with db.engine.connect() as other: other.execute(text('SELECT 1'))\nreturn shown()",
        "Offence: it used a connection of its own instead of db.session",
    ),
    "leaves a savepoint": (
        "db.session.begin_nested()\nreturn shown()",
        "Offence: it left a savepoint open",
    ),
    "calls the slots": (
        "from core.web.slots import shown as again\nagain('linli_public_panel')",
        "Offence: it made core call hooks while it was called as one",
    ),
    "calls them in secret": (
        "from core.web.slots import shown as again\n"
        "try: again('linli_public_panel')\nexcept Exception: return shown()",
        "Offence: it made core call hooks while it was called as one",
    ),
    "calls itself": ("return self.linli_public_panel(ctx)", "RecursionError: maximum recursion"),
    "gives a text": ("return 'swallowed'", "TypeError: it returned str, not a Panel"),
    "has a rude title": ("return Panel(Rude(), 'swallowed')", "ValueError: no title"),
}
HARMLESS = {
    "says nothing": ("return None", ""),
    "tries in a savepoint": (
        "try:\n    with db.session.begin_nested(): db.session.execute(text('SELECT 1/0'))\n"
        "except Exception: return Panel('tried', 'and gone on')",
        "and gone on",
    ),
    "is translated later": ("return Panel(lazy_gettext('Places'), 'a')", "辖区"),
    "shows markup": (
        "from markupsafe import Markup\nreturn Panel('a', Markup('<b>1</b>'))",
        "<b>1</b>",
    ),
    "shows text": ("return Panel('a', '<b>1</b>')", "&lt;b&gt;1&lt;/b&gt;"),
}
IDS = {name: f"a_{number}" for number, name in enumerate({**FAULTS, **HARMLESS})}


@dataclass
class Stage:
    """An application with one plugin for each fault, and a district to play in."""

    district: District
    communities: Iterator[str]

    def community(self) -> str:
        """A community that no test has used."""
        return next(self.communities)

    def failures(self, community: str) -> list[tuple[str, str, int, str]]:
        with self.district.entered():
            rows = db.session.execute(
                select(PluginFailure)
                .where(PluginFailure.place_id == self.district.place(community).id)
                .order_by(PluginFailure.plugin)
            ).scalars()
            return [(r.plugin, r.hook, r.count, r.error) for r in rows]

    def places(self) -> list[tuple[str, str]]:
        with self.district.entered():
            rows = db.session.execute(select(Place.code, Place.name).order_by(Place.code)).all()
            return [(row.code, row.name) for row in rows]


@pytest.fixture(scope="module")
def stage(
    module_shelf: Shelf, make_module_app: MakeApp, roomy_district: Callable[[Flask, int], District]
) -> Stage:
    entries = [module_shelf("good", "", _hook(COUNT))]
    for name, (does, _said) in {**FAULTS, **HARMLESS}.items():
        entries.append(module_shelf(IDS[name], HEAD, _hook(does)))
    app = make_module_app(discover("strict", entries))
    district = roomy_district(app, len(entries) + 2)
    return Stage(district, iter(district.communities))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_slot_that_fails_leaves_the_page_standing(fault: str, stage: Stage) -> None:
    bad, reason = IDS[fault], FAULTS[fault][1]
    community, district = stage.community(), stage.district
    before = stage.places()
    for plugin in (bad, "good"):
        district.enable(plugin, community)

    pages = [browser(district.app).get(f"/{community}") for _ in range(2)]

    for page in pages:
        assert page.status_code == 200
        assert f"counted {len(before)}" in page.text
        for leaked in ("swallowed", "no panel today", f"名 {bad}"):
            assert leaked not in page.text
    ((plugin, hook, count, error),) = stage.failures(community)
    assert (plugin, hook, count) == (bad, "linli_public_panel", 2)
    assert error.startswith(reason)
    assert stage.places() == before


@pytest.mark.parametrize("case", HARMLESS)
def test_a_slot_that_is_in_order_is_shown(case: str, stage: Stage) -> None:
    community = stage.community()
    stage.district.enable(IDS[case], community)

    page = browser(stage.district.app).get(f"/{community}", headers={"Accept-Language": "zh"})

    assert HARMLESS[case][1] in page.text
    assert stage.failures(community) == []


def test_who_sees_that_a_slot_failed(stage: Stage) -> None:
    district, community = stage.district, stage.community()
    district.enable(IDS["raises"], community)
    link = f'href="/{community}/-/apps/{IDS["raises"]}/health"'

    seen = {
        role: link in district.person(role, community).get(f"/{community}").text
        for role in ("administrator", "staff", "viewer", "auditor")
    }

    assert seen == {"administrator": True, "staff": False, "viewer": False, "auditor": False}
    next_door = district.person("administrator", stage.community())
    assert link not in next_door.get(f"/{community}").text
    assert link not in browser(district.app).get(f"/{community}").text


def test_a_slot_reads_what_the_page_has_pending_and_nothing_of_it_is_lost(stage: Stage) -> None:
    district = stage.district
    hook, active = "linli_public_panel", frozenset({"good", IDS["breaks its SQL"], IDS["changes"]})
    with district.entered():
        place = district.place(district.code)
        for number in range(2):
            with attempt(
                SYSTEM, "core.plugin.allow", object_type="plugin", object_id="x", place_code="x"
            ):
                db.session.add(PluginPolicy(plugin=f"x{number}", policy="available"))
        context_of = contexts(place.view, (place.view,), ANONYMOUS)
        answers = plugin_host().slots(hook, place.id, active, Switches(), context_of)
        settings = [
            db.session.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("transaction_read_only", "statement_timeout")
        ]

    assert [plugin for plugin, _panel in answers.given] == ["good"]
    assert sorted(answers.failed) == sorted(active - {"good"})
    assert settings == ["off", "0"]
    with district.entered():
        kept = db.session.execute(select(PluginPolicy.plugin)).scalars().all()
        assert sorted(kept) == ["x0", "x1"]


def test_the_desk_has_slots_too(shelf: Shelf, make_app: MakeApp, district: District) -> None:
    desk = _hook(COUNT).replace("public", "desk")
    both = "@hookimpl\ndef linli_desk_panel(self, ctx):\n    return Panel('who', ctx.actor.name)\n"
    levels = ", levels=('community', 'street')"
    entries = [shelf("a_sum", "", desk), shelf("b_who", "", both, manifest=levels)]
    here = replace(district, app=make_app(discover("strict", entries)))
    community = here.communities[0]
    here.enable("a_sum", community)
    here.enable("b_who", community)
    staff = here.person("staff", community[:9], name="王秀兰")

    at_community = html.unescape(staff.get(f"/{community}/-/").text)
    at_street = html.unescape(staff.get(f"/{community[:9]}/-/").text)

    total = 1 + len(here.streets) + len(here.communities)
    assert at_community.index(f"counted {total}") < at_community.index('id="panel-b_who"')
    assert [f"counted {total}" in at_street, 'id="panel-b_who"' in at_street] == [False, True]


def _hook(does: str) -> str:
    return PANEL + "".join(f"    {line}\n" for line in does.strip().splitlines())
