"""A plugin with a setting of every kind, and a district that uses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from html import unescape
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import discover
from core.plugin_host.settings import Settings, service, settings_of, state
from core.servers import Addresses
from core.testing import statements, world
from core.testing.fixtures import tenant_tables
from core.testing.world import SYSTEM, Browser, District

TUNE = """
from datetime import date, time
from decimal import Decimal
from marshmallow import ValidationError, fields, validate, validates_schema
from core.sdk import *

pages = Pages()
DAYS = validate.OneOf(["mon", "tue"], ["周一", "周二"])


class Rules(FormSchema):
    step = fields.Integer(load_default=15, validate=validate.OneOf([15, 30, 60]),
                          metadata={"label": "步长", "unit": "分钟"})
    low = fields.Integer(load_default=1, metadata={"label": "下限"})
    high = fields.Integer(load_default=8, validate=validate.Range(1, 24),
                          metadata={"label": "上限", "unit": "小时", "help": "每天最多。"})
    share = fields.Decimal(load_default=Decimal("0.5"), metadata={"label": "比例"})
    open = fields.Boolean(load_default=False, metadata={"label": "对外开放"})
    opens = fields.Time(load_default=time(8, 30), metadata={"label": "开门"})
    until = fields.Date(load_default=None, metadata={"label": "截止"})
    days = fields.List(fields.String(validate=DAYS), load_default=list, metadata={"label": "日子"})
    numbers = fields.List(fields.Integer(), load_default=[3], metadata={"label": "号码"})
    note = fields.String(load_default="", validate=validate.Length(max=40),
                         metadata={"label": "说明"})

    @validates_schema
    def ordered(self, data, **_):
        if data["low"] > data["high"]:
            raise ValidationError({"low": ["下限高于上限。"]})


@pages.page("/", public=True)
def index(ctx):
    return repr(dict(ctx.settings))


class Plugin:
    manifest = Manifest(id="tune", name="调音", summary="简介", settings=Rules)

    @hookimpl
    def linli_pages(self):
        return pages


plugin = Plugin()
"""


@dataclass
class Tuned:
    """A district whose places set the plugin ``tune``."""

    district: District

    @property
    def codes(self) -> tuple[str, str, str]:
        """A district, a street and a community of it."""
        community = self.district.communities[0]
        return community[:6], community[:9], community

    def name(self, code: str) -> str:
        with self.district.entered():
            return self.district.place(code).name

    def change(self, code: str, values: Mapping[str, Any], **more: Any) -> Settings:
        """Set settings as the system, and return them as they are then."""
        with self.district.entered():
            place = self.district.place(code).view
            return service.change(SYSTEM, plugin_host(), place, "tune", values, **more)

    def state(self, code: str) -> Settings:
        with self.district.entered():
            return state("tune", self.district.place(code).view)

    def of(self, code: str) -> dict[str, Any]:
        """What is in force."""
        with self.district.entered():
            return dict(settings_of("tune", self.district.place(code).view))

    def page(self, code: str) -> str:
        return f"/{code}/-/apps/tune/settings"

    def send(self, browser: Browser, code: str, *, expect: int = 303, **changes: Any) -> str:
        """Open the form, change entries, send it; an entry of ``None`` is not sent."""
        sent = _sent_by(browser.get(self.page(code)).text) | changes
        data = {key: value for key, value in sent.items() if value is not None}
        answer = browser.send(self.page(code), data)
        text = unescape(answer.text)
        assert answer.status_code == expect, text
        return text


def _sent_by(page: str) -> dict[str, Any]:
    """What a browser would send for the form of a page that nobody touched."""
    page = unescape(page)
    form = page[page.index('<form class="form"') :]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = _attribute(tag, "name"), _attribute(tag, "value")
        if 'type="checkbox"' not in tag:
            sent[name] = value
        elif " checked" in tag:
            sent.setdefault(name, []).append(value)
    for name, body in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        sent[name] = "".join(re.findall(r'<option value="([^"]*)" selected', body))
    for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', form, re.S):
        sent[name] = text
    del sent["csrf_token"]
    return sent


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf' {name}="([^"]*)"', tag)
    return found[1] if found else ""


@pytest.fixture
def sent_by() -> Callable[[str], dict[str, Any]]:
    """What a browser would send for the form of a page."""
    return _sent_by


@pytest.fixture(scope="module")
def tune_app(
    tmp_path_factory: pytest.TempPathFactory, config: Config, addresses: Addresses
) -> Iterator[Flask]:
    """An application with the plugin ``tune``, refusing statements without the tenant."""
    with pytest.MonkeyPatch.context() as patch:
        app = _build(patch, tmp_path_factory.mktemp("tune"), config, addresses)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def tuned(tune_app: Flask, unused_codes: Iterator[str]) -> Tuned:
    """A district of this test's own."""
    return Tuned(world.onboard(tune_app, next(unused_codes)))


@pytest.fixture
def again(tune_app: Flask, config: Config, addresses: Addresses) -> Iterator[Callable[..., Tuned]]:
    """Show a district as another process serves it."""
    installed = list(tune_app.extensions["linli.plugins"].plugins.values())
    other = create_app(
        config,
        database_url=addresses.database_url,
        valkey_url=addresses.valkey_url,
        installed=installed,
    )
    yield lambda tuned: Tuned(replace(tuned.district, app=other))
    with other.app_context():
        db.engine.dispose()


def _build(patch: pytest.MonkeyPatch, folder: Path, config: Config, addresses: Addresses) -> Flask:
    (folder / "tune_plugin.py").write_text(TUNE, "utf-8")
    patch.syspath_prepend(str(folder))
    patch.delitem(__import__("sys").modules, "tune_plugin", raising=False)
    entry = EntryPoint("tune", "tune_plugin:plugin", "linli.plugins.v1")
    app = create_app(
        config,
        database_url=addresses.database_url,
        valkey_url=addresses.valkey_url,
        installed=discover("strict", [entry]),
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        statements.guard(db.engine, tenant_tables(app))
    return app
