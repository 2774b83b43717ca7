"""What a page asks of the database, read off the wire by libpq's own trace."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from psycopg.pq import Trace
from sqlalchemy import event

from bench.community import CHINESE, Community
from bench.figures import Figure, Goal, Row
from bench.site import Site
from core.db import db
from core.testing.world import Browser

VISITS = 5
WARM_UP = 12
"""Visits after which psycopg has prepared every statement of a page."""

_ANSWERED = re.compile(rb"^B\t\d+\tReadyForQuery", re.MULTILINE)
_SAVEPOINT = re.compile(rb'^B\t\d+\tCommandComplete\t "(?:SAVEPOINT|RELEASE)"', re.MULTILINE)
"""Each is a round trip of its own, or comes in one with what belongs to it."""


@dataclass(frozen=True)
class Visit:
    """Round trips of one visit: before the view runs, in it, and after it (the end)."""

    before: int
    view: int
    after: int
    savepoints: int

    @property
    def queries(self) -> int:
        """Statements of the view, without those that begin and end savepoints."""
        return self.view - self.savepoints


def measure(site: Site, community: Community) -> list[Row]:
    """Count for the community's pages on a warm process."""
    admin, visitor = community.administrator, community.visitor
    home = _visits(site.app, admin, community.home)
    empty = _visits(site.app, admin, community.empty_home)
    listed = _visits(site.app, admin, community.activities)
    public = _visits(site.app, visitor, community.public)
    return [
        Row(
            "round trips before a view, signed in",
            Figure.of([visit.before for visit in home]),
            goal=Goal("measured", "≤", 3),
            note="BEGIN with the tenant; place and switches; visitor",
        ),
        _queries("queries after the gate: home page", home, 4),
        _queries("queries after the gate: home, nothing below", empty, 4),
        _queries("queries after the gate: list of 20", listed, 8),
        _queries("queries after the gate: public page", public, 8),
    ]


def _queries(name: str, visits: list[Visit], at_most: int) -> Row:
    last = visits[-1]
    note = f"on the wire {last.before} + {last.view} + {last.after}"
    if last.savepoints:
        note += f", of which {last.savepoints} begin or end a plugin's savepoint"
    figure = Figure.of([visit.queries for visit in visits])
    return Row(name, figure, goal=Goal("measured", "≤", at_most), note=note)


def _visits(app: Flask, browser: Browser, url: str) -> list[Visit]:
    for _ in range(WARM_UP):
        browser.get(url, headers=CHINESE)
    return [_visit(app, browser, url) for _ in range(VISITS)]


def _visit(app: Flask, browser: Browser, url: str) -> Visit:
    with tempfile.TemporaryFile() as file:
        wire = _Wire(file.fileno())
        with _following(app, wire), _marking(app, url, wire):
            answer = browser.get(url, headers=CHINESE)
        file.seek(0)
        sent = file.read()
    if answer.status_code != 200:
        raise RuntimeError(f"{url} answers {answer.status_code}")
    begin, end = wire.marks
    return Visit(
        before=len(_ANSWERED.findall(sent[:begin])),
        view=len(_ANSWERED.findall(sent[begin:end])),
        after=len(_ANSWERED.findall(sent[end:])),
        savepoints=len(_SAVEPOINT.findall(sent[begin:end])),
    )


class _Wire:
    """What goes over the connection of one visit, written to the file ``number``."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._connection: Any = None
        self.marks: list[int] = []

    def follow(self, raw: Any, *_: object) -> None:
        self._connection = raw.pgconn
        self._connection.trace(self._number)
        self._connection.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

    def leave(self, *_: object) -> None:
        """Stop; libpq writes only now what it still holds back."""
        self._connection.untrace()

    def mark(self, raw: Any) -> None:
        self.leave()
        self.marks.append(os.fstat(self._number).st_size)
        self.follow(raw)


@contextmanager
def _following(app: Flask, wire: _Wire) -> Iterator[None]:
    with app.app_context():
        listeners = (db.engine, "checkout", wire.follow), (db.engine, "checkin", wire.leave)
    for listener in listeners:
        event.listen(*listener)
    try:
        yield
    finally:
        for listener in listeners:
            event.remove(*listener)


@contextmanager
def _marking(app: Flask, url: str, wire: _Wire) -> Iterator[None]:
    """Mark where the view of ``url`` begins and where it ends."""
    endpoint, _arguments = app.url_map.bind("localhost").match(url)
    view = app.view_functions[endpoint]

    def marked(**arguments: Any) -> Any:
        raw = db.session.connection().connection.dbapi_connection
        wire.mark(raw)
        answer = view(**arguments)
        wire.mark(raw)
        return answer

    marked.__dict__.update(view.__dict__)
    app.view_functions[endpoint] = marked
    try:
        yield
    finally:
        app.view_functions[endpoint] = view
