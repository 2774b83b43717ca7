"""A plugin that keeps failing is set aside at that place, visibly, and comes back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.audit.models import AuditEntry, AuditPayload
from core.clock import now
from core.db import db
from core.plugin_host.loading import Installed, discover
from core.plugin_host.models import PluginFailure
from core.testing.statements import recorded
from core.testing.world import District, browser

Shelf = Callable[..., EntryPoint]
MakeApp = Callable[[list[Installed]], Flask]

BODY = """
broken = False
asked = []
@pages.page('/', public=True)
def index(ctx): return 'its own page'
def panel(ctx):
    asked.append(ctx.place.code)
    if broken: raise RuntimeError('out of order')
    return Panel('box', 'the box of ' + ctx.plugin)
"""
HOOKS = """
@hookimpl
def linli_pages(self): return pages
@hookimpl
def linli_public_panel(self, ctx): return panel(ctx)
@hookimpl
def linli_desk_panel(self, ctx): return panel(ctx)
"""
BOX = "the box of moody"


@dataclass
class Moody:
    """An application with a plugin that fails whenever it is told to."""

    app: Flask
    module: Any

    def breaks(self, broken: bool = True) -> None:
        self.module.broken = broken
        self.module.asked.clear()


@pytest.fixture(scope="module")
def shared(module_shelf: Shelf, make_module_app: MakeApp) -> Moody:
    entries = [module_shelf("moody", BODY, HOOKS), module_shelf("quiet")]
    installed = discover("strict", entries)
    module = __import__(type(installed[0].plugin).__module__)
    return Moody(make_module_app(installed), module)


@pytest.fixture
def moody(shared: Moody) -> Iterator[Moody]:
    shared.breaks()
    yield shared
    shared.breaks(False)


@pytest.fixture
def here(moody: Moody, district: District) -> District:
    """A district in whose first two communities the plugin is on."""
    made = replace(district, app=moody.app)
    for community in (made.communities[0], made.neighbour(made.communities[0])):
        made.enable("moody", community)
    return made


def shows(here: District, community: str, times: int = 1) -> list[bool]:
    """Whether the public page shows the box, that many times."""
    return [BOX in browser(here.app).get(f"/{community}").text for _ in range(times)]


def rows(here: District, community: str) -> list[Any]:
    with here.entered():
        of = PluginFailure
        return list(
            db.session.execute(
                select(
                    *(of.plugin, of.hook, of.count, of.first_at, of.last_at),
                    *(of.error, of.traceback, of.quarantined_at, of.retry_at),
                )
                .where(of.place_id == here.place(community).id)
                .order_by(of.hook)
            ).all()
        )


def shift(here: District, **columns: timedelta) -> None:
    """Let time pass for what failed: move these columns into the past."""
    table = PluginFailure.__table__
    with here.entered():
        moved = {name: table.c[name] - by for name, by in columns.items()}
        db.session.connection().execute(
            update(table).where(table.c.tenant_id == here.tenant).values(moved)
        )


def acts(here: District) -> list[tuple[str, str, str, str]]:
    """What the audit log says about setting aside and bringing back."""
    with here.entered():
        entries = db.session.execute(
            select(AuditEntry).where(AuditEntry.object_id == "moody").order_by(AuditEntry.id)
        ).scalars()
        return [
            (e.action, e.actor_name, e.place_code, e.outcome)
            for e in entries
            if e.action in ("core.plugin.quarantine", "core.plugin.release")
        ]


def test_errors_are_kept_without_mobile_numbers(
    here: District, moody: Moody, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "no 13812345678,\0 nor +8613912345678, but 113812345678 and 1381234567"
    monkeypatch.setattr(moody.module, "RuntimeError", lambda _: ValueError(said), raising=False)

    shows(here, here.communities[0])

    (row,) = rows(here, here.communities[0])
    masked = "ValueError: no 138****5678,� nor +86139****5678, but 113812345678 and 1381234567"
    assert row.error == masked
    assert row.traceback.endswith(f"{masked}\n")


def test_after_five_failures_it_is_asked_no_more_here_but_next_door(
    here: District, moody: Moody
) -> None:
    community = here.communities[0]
    next_door = here.neighbour(community)

    assert shows(here, community, 7) == [False] * 7

    assert moody.module.asked == [community] * 5
    (row,) = rows(here, community)
    assert (row.plugin, row.hook, row.count) == ("moody", "linli_public_panel", 5)
    assert row.error == "RuntimeError: out of order"
    assert row.traceback.endswith("RuntimeError: out of order\n")
    assert (row.quarantined_at, row.retry_at) == (row.last_at, row.last_at + timedelta(minutes=15))
    with here.entered():
        payload = db.session.execute(
            select(AuditPayload.after)
            .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
            .where(AuditEntry.action == "core.plugin.quarantine")
        ).scalar_one()
    assert payload == {
        "hook": "linli_public_panel",
        "error": "RuntimeError: out of order",
        "until": row.retry_at.isoformat(),
    }
    moody.breaks(False)
    assert (shows(here, community), shows(here, next_door)) == ([False], [True])
    assert moody.module.asked == [next_door]
    assert browser(here.app).get(f"/{community}/moody/").text == "its own page"
    staff = here.person("staff", community)
    assert BOX not in staff.get(f"/{community}/-/").text
    assert acts(here) == [("core.plugin.quarantine", "linli", community, "done")]


def test_another_district_is_not_concerned(
    here: District, moody: Moody, new_district: Callable[[], District]
) -> None:
    there = replace(new_district(), app=moody.app)
    community = there.communities[0]
    there.enable("moody", community)

    shows(here, here.communities[0], 6)

    moody.breaks(False)
    assert (shows(here, here.communities[0]), shows(there, community)) == ([False], [True])
    assert rows(there, community) == []
    page = there.person("administrator", there.code).get(f"/{there.code}/-/apps/moody/health").text
    assert "out of order" not in page


def test_failures_of_the_hour_before_are_forgotten(here: District, moody: Moody) -> None:
    community = here.communities[0]
    shows(here, community, 4)
    shift(here, last_at=timedelta(minutes=61))

    shows(here, community)

    (row,) = rows(here, community)
    assert (row.count, row.first_at == row.last_at, row.quarantined_at) == (1, True, None)
    moody.breaks(False)
    assert shows(here, community) == [True]


def test_after_a_quarter_of_an_hour_it_is_tried_once(here: District, moody: Moody) -> None:
    community = here.communities[0]
    shows(here, community, 5)
    moody.breaks()
    shift(here, retry_at=timedelta(minutes=16))

    shows(here, community, 3)

    assert moody.module.asked == [community]
    (row,) = rows(here, community)
    assert row.retry_at == row.last_at + timedelta(minutes=15)
    shift(here, retry_at=timedelta(minutes=16))
    moody.breaks(False)
    assert shows(here, community, 2) == [True, True]
    (row,) = rows(here, community)
    assert (row.count, row.quarantined_at, row.retry_at) == (0, None, None)
    assert acts(here) == [
        ("core.plugin.quarantine", "linli", community, "done"),
        ("core.plugin.release", "linli", community, "done"),
    ]


def test_somebody_tries_it_again(here: District, moody: Moody) -> None:
    community = here.communities[0]
    health = f"/{community}/-/apps/moody/health"
    admin = here.person("administrator", community, name="周敏")
    shows(here, community, 5)
    moody.breaks(False)

    refused = [
        here.person(role, at).send(f"{health}/retry").status_code
        for role, at in (
            ("staff", community),
            ("auditor", community),
            ("administrator", here.neighbour(community)),
        )
    ]
    assert (refused, shows(here, community)) == ([403, 403, 404], [False])
    english = admin.get(health, headers={"Accept-Language": "en"}).text
    assert "Its boxes are set aside" in english
    assert admin.send(f"{health}/retry").status_code == 303
    assert shows(here, community) == [True]
    assert acts(here)[-1] == ("core.plugin.release", "周敏", community, "done")
    (row,) = rows(here, community)
    assert (row.count, row.error) == (0, "RuntimeError: out of order")


def test_the_page_of_operators(here: District, moody: Moody) -> None:
    community = here.communities[0]
    next_door = here.neighbour(community)
    admin = here.person("administrator", community)
    chief = here.person("administrator", here.code)
    shows(here, community, 5)
    moody.breaks(False)
    shows(here, next_door)

    english = {"Accept-Language": "en"}
    page = html.unescape(admin.get(f"/{community}/-/apps/moody/health", headers=english).text)
    street = html.unescape(chief.get(f"/{community[:9]}/-/apps/moody/health").text)
    whole = html.unescape(chief.get(f"/{here.code}/-/apps/moody/health").text)

    for text in (page, street, whole):
        assert "RuntimeError: out of order" in text
    assert "Traceback (most recent call last)" in page
    link = f'href="/{community}/-/apps/moody/health"'
    assert [link in text for text in (street, whole)] == [True, True]
    assert f'href="/{next_door}/-/apps/moody/health"' not in whole
    assert _figures(page) == [["5", "5"]]
    assert _figures(admin.get(f"/{community}/-/apps/quiet/health", headers=english).text) == []
    other = html.unescape(chief.get(f"/{next_door}/-/apps/moody/health", headers=english).text)
    assert ("out of order" in other, _figures(other)) == (False, [["1", "0"]])
    box = admin.get(f"/{community}").text
    assert (BOX in box, f'href="/{community}/-/apps/moody/health"' in box) == (False, True)


def test_the_application_centre_says_so(here: District, moody: Moody) -> None:
    community = here.communities[0]
    admin, staff = (here.person(role, community) for role in ("administrator", "staff"))
    link = f'<a href="/{community}/-/apps/moody/health"><span class="status status-overdue">'

    def told(who: Any, where: str) -> list[tuple[bool, bool]]:
        """On the list and on the plugin's own page: whether it says so, and links to the cause."""
        headers = {"Accept-Language": "en"}
        pages = [who.get(f"/{where}/-/apps{end}", headers=headers).text for end in ("", "/moody")]
        return [("Boxes set aside" in page, link in page) for page in pages]

    assert told(admin, community) == [(False, False)] * 2
    shows(here, community, 5)
    assert told(admin, community) == [(True, True)] * 2
    assert told(staff, community) == [(True, False)] * 2
    chief = here.person("administrator", here.code)
    assert told(chief, here.neighbour(community)) == [(False, False)] * 2
    shift(here, retry_at=timedelta(minutes=16))
    assert told(admin, community) == [(False, False)] * 2


def test_the_list_below_asks_as_often_for_many_as_for_one(here: District) -> None:
    chief = here.person("administrator", here.code)
    page = f"/{here.code}/-/apps/moody/health?size=20"
    at = now()
    with here.entered():
        places = [here.place(code).id for code in (*here.communities, *here.streets)]
    chief.get(page)
    asked = []
    for number, some in enumerate((places[:1], places[1:])):
        with here.entered():
            _fail(here, some, at)
        with _statements(here) as seen:
            text = chief.get(page).text
        asked.append(len(seen))
        assert text.count("boom") == (1 if number == 0 else min(20, len(places)))
    assert asked[0] == asked[1]


def _figures(page: str) -> list[list[str]]:
    """Calls and errors of today's table."""
    cells = re.findall(r'class="cell-number" data-label="(?:Calls|Errors)">(\d+)', page)
    return [cells[i : i + 2] for i in range(0, len(cells), 2)]


def _fail(here: District, place_ids: list[Any], at: datetime) -> None:
    db.session.connection().execute(
        PluginFailure.__table__.insert(),
        [
            {
                "tenant_id": here.tenant,
                "place_id": place_id,
                "plugin": "moody",
                "hook": "linli_public_panel",
                "count": 1,
                "first_at": at,
                "last_at": at,
                "error": "boom",
                "traceback": "",
            }
            for place_id in place_ids
        ],
    )


def _statements(here: District) -> Any:
    with here.app.app_context():
        return recorded(db.engine)
