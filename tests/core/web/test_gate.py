"""The gate: what it costs, what it answers to every method, and in which order it decides."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from core.app import create_app
from core.config import Config
from core.db import db
from core.servers import Addresses
from core.testing import world
from core.testing.statements import recorded
from core.testing.world import Browser, District


@dataclass
class Cost:
    """What one request asked of the database."""

    statements: list[str]
    begun: int = 0
    committed: int = 0


@contextmanager
def cost(app: Flask) -> Iterator[Cost]:
    with app.app_context():
        engine = db.engine
    with recorded(engine) as statements:
        found = Cost(statements)

        def begin(_connection: Any) -> None:
            found.begun += 1

        def commit(_connection: Any) -> None:
            found.committed += 1

        event.listen(engine, "begin", begin)
        event.listen(engine, "commit", commit)
        try:
            yield found
        finally:
            event.remove(engine, "begin", begin)
            event.remove(engine, "commit", commit)


def of(app: Flask, browser: Browser, path: str, status: int = 200) -> Cost:
    """Return what a page costs on a warm process."""
    browser.get(path)
    with cost(app) as found:
        assert browser.get(path).status_code == status
    return found


@pytest.fixture(scope="module")
def place(app: Flask, unused_codes: Iterator[str]) -> District:
    district = world.onboard(app, next(unused_codes))
    district.enable("volunteer", district.communities[0])
    return district


class TestCost:
    def test_a_signed_in_visitor_costs_two_statements_in_one_transaction(
        self, app: Flask, place: District
    ) -> None:
        community = place.communities[0]
        found = of(app, place.person("viewer", community), f"/{community}/volunteer/open")
        place_, visitor = found.statements[:2]
        assert "FROM place JOIN tenant" in " ".join(place_.split())
        assert "FROM user_session JOIN user_account" in " ".join(visitor.split())
        assert not any("user_session" in s or "JOIN tenant" in s for s in found.statements[2:])
        assert (found.begun, found.committed) == (1, 1)

    def test_a_visitor_costs_one(self, app: Flask, place: District, visitor: Browser) -> None:
        found = of(app, visitor, f"/{place.code}/-/sign-in")
        assert (len(found.statements), found.begun) == (1, 1)

    def test_being_turned_away_costs_no_more(
        self, app: Flask, place: District, visitor: Browser
    ) -> None:
        community = place.communities[0]
        viewer = place.person("viewer", community)
        assert len(of(app, visitor, f"/{community}/-/", 302).statements) == 1
        assert len(of(app, viewer, f"/{place.neighbour(community)}/-/", 404).statements) == 2
        assert len(of(app, viewer, f"/{community[:9]}999/-/", 404).statements) == 1
        assert (
            len(of(app, viewer, f"/{place.neighbour(community)}/volunteer/open", 404).statements)
            == 2
        )

    @pytest.mark.parametrize("path", ["/-/", ""])
    def test_a_communitys_home_costs_at_most_four_more(
        self, app: Flask, place: District, path: str
    ) -> None:
        community = place.communities[0]
        found = of(app, place.person("administrator", community), f"/{community}{path}")
        assert 1 <= len(found.statements) - 2 <= 4
        assert (found.begun, found.committed) == (1, 1)

    def test_the_first_request_of_a_process_looks_the_district_up_once(
        self, config: Config, addresses: Addresses, place: District
    ) -> None:
        cold = create_app(
            config, database_url=addresses.database_url, valkey_url=addresses.valkey_url
        )
        browser = world.browser(cold)
        costs = []
        for _ in range(2):
            with cost(cold) as found:
                assert browser.get(f"/{place.code}/-/sign-in").status_code == 200
            costs.append((len(found.statements), found.begun))
        assert costs == [(2, 2), (1, 1)]
        with cold.app_context():
            db.engine.dispose()

    @pytest.mark.parametrize("path", ["/healthz", "/static/linli.js", "/nothing"])
    def test_what_belongs_to_no_district_costs_nothing(
        self, app: Flask, visitor: Browser, path: str
    ) -> None:
        visitor.get(path)
        with cost(app) as found:
            visitor.get(path)
        assert (found.statements, found.begun) == ([], 0)

    def test_a_session_costs_a_visitor_of_another_district_nothing(
        self, app: Flask, place: District, district: District
    ) -> None:
        elsewhere = district.person("administrator", district.code)
        assert len(of(app, elsewhere, f"/{place.code}/-/sign-in").statements) == 1


class TestMethods:
    @pytest.mark.parametrize("path", ["", "/-/", "/-/places", "/-/audit", "/volunteer/"])
    def test_head_is_get_without_a_body(self, place: District, path: str) -> None:
        community = place.communities[0]
        admin = place.person("administrator", community)
        got = admin.get(f"/{community}{path}")
        head = admin.head(f"/{community}{path}")
        assert (got.status_code, head.status_code) == (200, 200)
        assert head.data == b""
        ours = {"X-Request-ID", "Content-Security-Policy", "Content-Length", "Set-Cookie"}
        assert {k: v for k, v in head.headers if k not in ours} == {
            k: v for k, v in got.headers if k not in ours
        }

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    def test_the_gate_is_shut_to_every_method_alike(
        self, place: District, visitor: Browser, method: str
    ) -> None:
        community = place.communities[0]
        viewer = place.person("viewer", community)
        for browser, path, status in (
            (visitor, f"/{community}/-/", 302),
            (viewer, f"/{community}/-/people", 403),
            (viewer, f"/{place.neighbour(community)}/-/", 404),
            (visitor, f"/{place.neighbour(community)}/volunteer/open", 404),
            (visitor, f"/{community[:9]}999", 404),
        ):
            assert browser.open(path, method=method).status_code == status, path

    def test_options_names_the_methods(self, place: District) -> None:
        community = place.communities[0]
        admin = place.person("administrator", community)
        answer = admin.options(f"/{community}/-/people/new")
        assert answer.status_code == 200
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
        assert answer.data == b""

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND"])
    def test_other_methods_are_none(self, place: District, visitor: Browser, method: str) -> None:
        for path in ("/", f"/{place.code}", f"/{place.communities[0]}/-/people/new"):
            assert visitor.open(path, method=method).status_code == 405


class TestAddresses:
    @pytest.mark.parametrize(
        "path",
        [
            "/{c}/",
            "/{c}//-/",
            "/{c}/-",
            "/{c}/_/",
            "/{c}G1/-/",
            "/{c}g01",
            "/{c}%20",
            "/%20{c}",
            "/{c}%00",
            "/{c}/../{c}",
            "/{c}%2f-%2f",
            "/{c}/volunteer/../-/audit",
            "/{c};x/-/",
            "/{s}/-/sign-in",
            "/{d}/volunteer/",
            "/{s}/volunteer/",
        ],
    )
    def test_an_address_that_is_written_otherwise_is_not_a_page_without_a_gate(
        self, place: District, visitor: Browser, path: str
    ) -> None:
        community = place.communities[0]
        url = path.format(c=community, s=community[:9], d=place.code)
        answer = visitor.get(url)
        assert answer.status_code in (302, 308, 400, 404), url
        if answer.status_code == 308:
            assert visitor.get(answer.headers["Location"]).status_code in (302, 404)

    def test_every_page_of_a_district_goes_through_the_gate(self, app: Flask) -> None:
        outside = {
            rule.rule
            for rule in app.url_map.iter_rules()
            if not {"place_code", "district_code"} & rule.arguments
        }
        assert outside == {
            "/",
            "/healthz",
            "/-/language",
            "/api/v1/",
            "/api/v1/openapi.json",
            "/static/<path:filename>",
        }

    def test_levels_come_before_questions_about_the_visitor(
        self, place: District, visitor: Browser
    ) -> None:
        head = place.person("administrator", place.code)
        for browser in (visitor, head):
            for at in (place.code, place.streets[0]):
                assert browser.send(f"/{at}/-/apps/volunteer/enable").status_code == 404
            assert (
                browser.send(
                    f"/{place.communities[0]}/-/apps/volunteer/policy", {"policy": "available"}
                ).status_code
                == 404
            )

    def test_a_role_that_is_taken_away_ends_with_the_next_request(
        self, district: District, community: str
    ) -> None:
        admin = district.person("administrator", community)
        viewer = district.person("viewer", community, name="林晓")
        assert viewer.get(f"/{community}/-/").status_code == 200
        people = admin.get(f"/{community}/-/people").text
        for part in people.split(f"/{community}/-/people/")[1:]:
            grant = part[:36]
            if len(grant) == 36 and "林晓" in admin.get(f"/{community}/-/people/{grant}").text:
                assert admin.send(f"/{community}/-/people/{grant}/revoke").status_code == 303
        assert viewer.get(f"/{community}/-/").status_code == 404
        assert viewer.get(f"/{district.code}/-/me").status_code == 200

    def test_a_switch_is_felt_by_the_next_request_of_another_process(
        self, config: Config, addresses: Addresses, district: District, community: str
    ) -> None:
        other = create_app(
            config, database_url=addresses.database_url, valkey_url=addresses.valkey_url
        )
        there = world.browser(other)
        seen = []
        for switch in (district.enable, district.disable, district.enable):
            switch("volunteer", community)
            seen.append(there.get(f"/{community}/volunteer/open").status_code)
        assert seen == [200, 404, 200]
        with other.app_context():
            db.engine.dispose()
