"""A community with Volunteer switched on, somebody who works there, and activities to work with."""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from core.clock import local, now
from core.db import db
from core.plugin_host.host import plugin_host
from core.plugin_host.settings import service as settings
from core.testing.statements import recorded
from core.testing.world import SYSTEM, Browser, District, browser
from core.web.gate import SESSION_KEY
from plugins.volunteer.models import Activity, Attendance, Volunteer

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
def running(publish: Callable[..., str]) -> Callable[..., str]:
    """Publish an activity that began today, at most an hour ago; return its page's address."""

    def make(**entries: str) -> str:
        hour, today = timedelta(hours=1), local(now()).replace(hour=0, minute=0)
        times = {"starts_at": max(local(now()) - hour, today), "ends_at": local(now()) + hour}
        return publish(
            **{name: moment.strftime("%Y-%m-%dT%H:%M") for name, moment in times.items()},
            **{"capacity": "100", **entries},
        )

    return make


@pytest.fixture
def come(
    district: District, staff: Browser, running: Callable[..., str]
) -> Callable[..., dict[str, UUID]]:
    """Let people come to an activity and leave; return their attendances by name.

    ``stayed`` are names with the minutes for which each was there; ``None`` is still there.
    """

    def run(page: str, stayed: Mapping[str, int | None]) -> dict[str, UUID]:
        for name in stayed:
            phone = f"137{zlib.crc32(name.encode()) % 10**8:08}"
            entry = {"name": name, "phone": phone}
            assert staff.send(f"{page}/attendance/walk-in", entry).status_code == 303
        activity = UUID(page.rpartition("/")[2])
        with district.entered():
            query = (
                select(Volunteer.name, Attendance.id)
                .join(Attendance, Attendance.volunteer_id == Volunteer.id)
                .where(Attendance.activity_id == activity)
            )
            found = {name: id_ for name, id_ in db.session.execute(query) if name in stayed}
            table: Any = Attendance.__table__
            for name, minutes in stayed.items():
                if minutes is not None:
                    left = now()
                    began = left - timedelta(minutes=minutes, seconds=1)
                    held: Any = Activity.__table__
                    db.session.connection().execute(
                        update(held)
                        .where(held.c.tenant_id == district.tenant, held.c.id == activity)
                        .values(starts_at=func.least(held.c.starts_at, began))
                    )
                    db.session.connection().execute(
                        update(table)
                        .where(table.c.tenant_id == district.tenant, table.c.id == found[name])
                        .values(
                            checked_in_at=began,
                            checked_out_at=left,
                        )
                    )
        return found

    return run


@pytest.fixture
def confirm(staff: Browser) -> Callable[..., Any]:
    """Confirm attendances with hours as they are typed."""

    def run(page: str, hours: Mapping[UUID, str], who: Browser = staff) -> Any:
        lines = {f"hours-{line}": typed for line, typed in hours.items()}
        return who.send(
            f"{page}/hours",
            {"line": [str(line) for line in hours], **lines},
            headers={"Accept-Language": "en"},
        )

    return run


@pytest.fixture
def set_rule(district: District, community: str) -> Callable[..., None]:
    """Set the community's settings of Volunteer."""

    def run(**values: Any) -> None:
        with district.entered():
            place = district.place(community).view
            settings.change(SYSTEM, plugin_host(), place, "volunteer", values)

    return run


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
