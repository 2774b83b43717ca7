"""A district that grades by the Yantai method, its companies, and what was entered for them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from stdnum.cn import uscc

from core.db import db
from core.files.uploads import Upload
from core.organisations import service as organisations
from core.testing import world
from core.testing.statements import recorded
from core.testing.world import SYSTEM, District
from plugins.red_property import service
from plugins.red_property.models import MethodItem
from plugins.red_property.rules import hundredths

_numbers = count(1)
PDF = Upload("通报.pdf", "application/pdf", b"%PDF-1.4\n%%EOF\n")


@dataclass(frozen=True)
class Office:
    """The housing office of a district, which knows companies and enters items for them."""

    district: District

    def company(self, name: str, *places: str, since: date = date(2020, 1, 1)) -> UUID:
        """Register a property company that serves these places; return its id."""
        first = f"91510100MA{next(_numbers):07}"
        with self.district.entered():
            at = self.district.place(self.district.code).view
            made = organisations.register(
                SYSTEM, at, "property_company", name, first + uscc.calc_check_digit(first)
            )
            for code in places:
                place = self.district.place(code).view
                organisations.begin_service(SYSTEM, made, place, since)
            return made.id

    def adopt(self, key: str, on: date = date(2022, 7, 1), **changed: Any) -> UUID:
        """Adopt a method that comes with the plugin; return its id."""
        document = next(one.document for one in service.methods.shipped() if one.key == key)
        with self.district.entered():
            at = self.district.place(self.district.code).view
            return service.methods.adopt(SYSTEM, at, {**document, **changed}, on).id

    def enter(
        self, company: UUID, code: str, points: str, at: str | None = None, **more: Any
    ) -> UUID:
        """Enter the item ``code`` of the latest method for a company, with evidence."""
        with self.district.entered():
            entry = service.ledger.enter(
                SYSTEM,
                self.district.place(self.district.code).view,
                company,
                self.item(code),
                hundredths(Decimal(points)),
                more.pop("occurred_on", date(2026, 1, 5)),
                self.district.place(at).id if at else None,
                more.pop("basis", "现场检查记录"),
                PDF,
                **more,
            )
            return entry.id

    def item(self, code: str) -> UUID:
        """Return the id of an item of the latest method; call it inside ``district.entered()``."""
        query = select(MethodItem.id).where(MethodItem.code == code).order_by(MethodItem.id.desc())
        found: UUID = db.session.execute(query.limit(1)).scalar_one()
        return found


@pytest.fixture(scope="module")
def take_office(app: Flask, unused_codes: Iterator[str]) -> Callable[[], Office]:
    """Take a district on board in which the first community shows the grades."""

    def take() -> Office:
        district = world.onboard(app, next(unused_codes))
        district.enable("red_property", district.communities[0])
        return Office(district)

    return take


@pytest.fixture
def count_statements(app: Flask) -> Callable[[Callable[[], Any]], int]:
    """Count the statements that a call sends to the database."""
    with app.app_context():
        engine = db.engine

    def count_of(call: Callable[[], Any]) -> int:
        with recorded(engine) as seen:
            call()
        return len(seen)

    return count_of


@pytest.fixture
def refusals() -> Callable[[str], dict[str, list[str]]]:
    """Read what a page says beside its fields."""

    def read(page: str) -> dict[str, list[str]]:
        return {
            field: [plain(text) for text in re.findall(r"<p>(.*?)</p>", inner, re.DOTALL)]
            for field, inner in re.findall(
                r'<div class="field-errors" id="field-(\w+)-errors">(.*?)</div>', page, re.DOTALL
            )
        }

    return read


@pytest.fixture
def cells() -> Callable[[str], list[list[str]]]:
    """Read the rows of all tables of a page, as texts."""

    def read(page: str) -> list[list[str]]:
        bodies = re.findall(r"<tbody.*?</tbody>", page, re.DOTALL)
        rows = [row for body in bodies for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
        return [
            [plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL)]
            for row in rows
        ]

    return read


def plain(markup: str) -> str:
    """Return the text of a piece of a page."""
    text = re.sub(r"<[^>]+>", " ", markup)
    return " ".join(html.unescape(text).split())
