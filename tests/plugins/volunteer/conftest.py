"""A community with Volunteer switched on, somebody who works there, and activities to work with."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from core.clock import now
from core.db import db
from core.testing.statements import recorded
from core.testing.world import Browser, District, browser
from core.web.gate import SESSION_KEY
from plugins.volunteer.models import Activity

ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "2",
    "organiser": "居委会",
    "risks": "请穿防滑鞋",
}


@pytest.fixture
def staff(district: District, community: str) -> Browser:
    """Somebody who works in the community."""
    district.enable("volunteer", community)
    return district.person("staff", community)


@pytest.fixture
def write(staff: Browser, community: str) -> Callable[..., str]:
    """Write an activity with these entries changed; return the address of its page."""

    def make(*, publish: bool = False, **entries: str) -> str:
        made = staff.send(f"/{community}/volunteer/new", ACTIVITY | entries)
        assert made.status_code == 303, made.text
        if publish:
            assert staff.send(f"{made.location}/publish").status_code == 303
        return str(made.location)

    return make


@pytest.fixture
def publish(write: Callable[..., str]) -> Callable[..., str]:
    """Write and publish an activity; return the address of its page."""
    return lambda **entries: write(publish=True, **entries)


@pytest.fixture
def twin(app: Flask) -> Callable[[Browser], Browser]:
    """Open one more browser of the same person."""

    def make(one: Browser) -> Browser:
        with one.session_transaction() as session:
            ticket = session[SESSION_KEY]
        return browser(app, ticket)

    return make


@pytest.fixture
def move(district: District) -> Callable[[str, str], None]:
    """Let an activity have begun, and with ``ends_at`` be over, behind the application's back."""

    def run(page: str, column: str) -> None:
        columns = ("starts_at", "ends_at") if column == "ends_at" else ("starts_at",)
        past = dict(
            zip(columns, (now() - timedelta(hours=2), now() - timedelta(hours=1)), strict=False)
        )
        with district.entered():
            table = Activity.__table__
            db.session.connection().execute(
                update(table)
                .where(
                    table.c.tenant_id == district.tenant,
                    table.c.id == UUID(page.rpartition("/")[2]),
                )
                .values(**past)
            )

    return run


@pytest.fixture
def count_statements(app: Flask) -> Callable[[Callable[[], Any]], int]:
    """Count the statements that a call sends to the database."""
    with app.app_context():
        engine = db.engine

    def count(call: Callable[[], Any]) -> int:
        with recorded(engine) as seen:
            call()
        return len(seen)

    return count


@pytest.fixture
def refusals() -> Callable[[str], dict[str, list[str]]]:
    """Read what a page says beside its fields, and under "" what belongs to none."""

    def read(page: str) -> dict[str, list[str]]:
        found = {
            field: _texts(inner)
            for field, inner in re.findall(
                r'<div class="field-errors" id="field-(\w+)-errors">(.*?)</div>', page, re.DOTALL
            )
        }
        summary = re.search(r'<div class="error-summary".*?</div>', page, re.DOTALL)
        whole = _texts(summary[0].partition("<h2>")[0]) if summary else []
        return found | ({"": whole} if whole else {})

    return read


@pytest.fixture
def shown() -> Callable[[str, str], str]:
    """Read what a page shows in a field."""

    def read(page: str, field: str) -> str:
        area = re.search(rf'<textarea[^>]* name="{field}"[^>]*>(.*?)</textarea>', page, re.DOTALL)
        tag = re.search(rf'<input[^>]* name="{field}"[^>]*>', page, re.DOTALL)
        assert area or tag, field
        if area:
            return html.unescape(area[1])
        value = re.search(r' value="([^"]*)"', tag[0]) if tag else None
        assert value is not None, field
        return html.unescape(value[1])

    return read


def _texts(markup: str) -> list[str]:
    paragraphs = re.findall(r"<p>(.*?)</p>", markup, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for text in paragraphs]
