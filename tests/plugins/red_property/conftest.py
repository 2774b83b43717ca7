"""A district that grades property companies, and companies to be graded."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from stdnum.cn import uscc

from core.clock import now
from core.db import db
from core.files.uploads import Upload
from core.organisations import service as organisations
from core.places.view import PlaceView
from core.testing import world
from core.testing.world import SYSTEM, District
from plugins.red_property import queries, rules
from plugins.red_property.service import ledger, methods

EVIDENCE = Upload("处罚决定书.pdf", "application/pdf", b"%PDF-1.4 %%EOF")
_numbers = itertools.count(1)


class Ratings:
    """What can be done with ratings in one district."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.community = district.communities[0]

    @property
    def place(self) -> PlaceView:
        """The district; call it inside ``district.entered()``."""
        return self.district.place(self.district.code).view

    def adopt(self, document: Any, in_force_on: date = date(2022, 7, 1)) -> UUID:
        """Adopt a method: a document, or the key of a shipped one."""
        if isinstance(document, str):
            document = next(m.document for m in methods.shipped() if m.key == document)
        with self.district.entered():
            return methods.adopt(SYSTEM, self.place, document, in_force_on).id

    def company(
        self,
        name: str = "",
        *,
        serves: str = "",
        since: date = date(2020, 1, 1),
        until: date | None = None,
    ) -> UUID:
        """Register a company that serves a place, by default the first community."""
        number = next(_numbers)
        code = f"91{self.district.code}MA{number:07}"
        with self.district.entered():
            made = organisations.register(
                SYSTEM,
                self.place,
                "property_company",
                name or f"物业公司{number}",
                code + uscc.calc_check_digit(code),
            )
            served = self.district.place(serves or self.community).view
            organisations.begin_service(SYSTEM, made, served, since, until)
            return made.id

    def item(self, code: str) -> UUID:
        """Return the id of an item of the method in force, by its code."""
        with self.district.entered():
            method = queries.method_at(self.place, now())
            assert method is not None
            return next(item.id for item in queries.items(method.id) if item.code == code)

    def enter(self, company: UUID, code: str, points: str = "0", **values: Any) -> UUID:
        """Enter an item; points as people write them. Evidence is added where it is needed."""
        item = self.item(code)
        given = {
            "occurred_on": date(2026, 1, 1),
            "about_place_id": None,
            "basis": "街道巡查记录",
            "evidence": EVIDENCE,
        }
        exactly = rules.hundredths(Decimal(points))
        with self.district.entered():
            made = ledger.enter(SYSTEM, self.place, company, item, exactly, **given | values)
            return made.id

    def end(self, entry: UUID, kind: Any = "revoked", reason: str = "查明有误") -> None:
        """End an entry now."""
        with self.district.entered():
            ledger.end(SYSTEM, self.place, entry, kind, reason)

    def grade(self, company: UUID, moment: datetime | None = None) -> queries.Grade:
        """Return a company's grade, by default now."""
        with self.district.entered():
            return queries.grade_of(self.place, company, moment or now())

    def receipt(self, company: UUID, moment: datetime | None = None) -> queries.Receipt:
        """Return the receipt of a company's grade, by default now; its rows stay readable."""
        with self.district.entered():
            found = queries.receipt(self.place, company, moment or now())
            db.session.expunge_all()
            return found

    def level(self, company: UUID, moment: datetime | None = None) -> tuple[int, str | None]:
        """Return a company's score in hundredths and its level's key."""
        grade = self.grade(company, moment)
        return grade.score, grade.level_key


@pytest.fixture(scope="module")
def new_ratings(app: Flask, unused_codes: Iterator[str]) -> Callable[[], Ratings]:
    """Take one more district on board."""
    return lambda: Ratings(world.onboard(app, next(unused_codes)))


@pytest.fixture(scope="module")
def yantai(new_ratings: Callable[[], Ratings]) -> Ratings:
    """A district of this module's own that grades by the Yantai method."""
    ratings = new_ratings()
    ratings.adopt("yantai_2022")
    return ratings
