"""A district with organisations: two communities next door, the same names in both."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from stdnum.cn import uscc

from core.db import db
from core.organisations import service
from core.organisations.models import Organisation, OrganisationKind
from core.testing import world
from core.testing.world import SYSTEM, District

_numbers = itertools.count(100000000)


@dataclass
class Registry:
    """A district, and what can be entered in it as the system."""

    district: District

    @property
    def own(self) -> str:
        return self.district.communities[0]

    @property
    def next_door(self) -> str:
        return self.district.neighbour(self.own)

    def new_code(self) -> str:
        """Return a credit code that nobody else has."""
        body = f"91510114{next(_numbers)}"
        return body + uscc.calc_check_digit(body)

    def path(self, place: str, *parts: object) -> str:
        """The address of the organisations of ``place``, or of something below it."""
        return "/".join([f"/{place}/-/organisations", *map(str, parts)])

    def company(self, keeper: str, name: str = "安居物业", code: str | None = None) -> UUID:
        return self.add(keeper, "property_company", name, code or self.new_code())

    def committee(self, keeper: str, name: str = "第一业主委员会") -> UUID:
        return self.add(keeper, "owners_committee", name, None)

    def add(self, keeper: str, kind: OrganisationKind, name: str, code: str | None) -> UUID:
        with self.district.entered():
            place = self.district.place(keeper).view
            return service.register(SYSTEM, place, kind, name, code).id

    def serve(self, organisation: UUID, place: str, begins: date, ends: date | None = None) -> UUID:
        with self.district.entered():
            found = db.session.get_one(Organisation, (self.district.tenant, organisation))
            served = self.district.place(place).view
            return service.begin_service(SYSTEM, found, served, begins, ends).id


@pytest.fixture
def registry(district: District) -> Registry:
    """A district of this test's own."""
    return Registry(district)


@pytest.fixture(scope="module")
def shared(app: Flask, unused_codes: Iterator[str]) -> Registry:
    """A district of this module's own."""
    return Registry(world.onboard(app, next(unused_codes)))
