"""Tokens: who they act for, what ends them, and what they can never do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, text

from core.accounts.models import ApiToken
from core.accounts.tickets import Ticket
from core.accounts.tokens import MOST_TOKENS, parse
from core.audit.models import AuditEntry
from core.db import db
from core.testing.statements import recorded
from core.testing.world import Browser, District, Program

REFUSED = 'Bearer error="invalid_token"'
EN = {"Accept-Language": "en"}


def answer_to(program: Program, place: str) -> tuple[int, str | None, str]:
    answer = program.get(f"/api/v1/places/{place}", headers=EN)
    return answer.status_code, answer.headers.get("WWW-Authenticate"), answer.json.get("type")


def change(district: District, statement: str) -> None:
    """Change this district's rows behind the application's back."""
    with district.entered():
        db.session.connection().execute(text(statement), {"tenant": district.tenant})


def tries(district: District) -> list[tuple[str, str, str, str, str | None]]:
    """What the audit log says about tokens that were tried in vain."""
    with district.entered():
        entries = db.session.execute(
            select(AuditEntry).filter_by(action="core.token.use", object_type="api_token")
        ).scalars()
        return [(e.actor_name, e.object_id, e.place_code, e.outcome, e.reason) for e in entries]


@pytest.fixture
def at(here: District) -> str:
    """The community that the tokens are about."""
    return here.communities[0]


class TestRefusals:
    def test_without_a_token(self, here: District, at: str) -> None:
        due = (401, "Bearer", "urn:linli:token_required")
        assert answer_to(Program(here.app), at) == due
        basic = Program(here.app).get(
            f"/api/v1/places/{at}", headers={"Authorization": "Basic YTpi"}
        )
        assert (basic.status_code, basic.headers["WWW-Authenticate"]) == (401, "Bearer")

    def test_one_that_is_not_good(self, here: District, there: District, at: str) -> None:
        good = here.program("viewer", at).token
        foreign = there.program("administrator", there.code).token
        assert good is not None and foreign is not None
        ticket = parse(good)
        assert ticket is not None
        forged = [
            "",
            "linli_",
            "linli_x.y.z",
            good.removeprefix("linli_"),
            good.upper(),
            f"{good}x",
            good[:-1],
            f"linli_{Ticket(ticket.tenant, ticket.id, 'x' * 43)}",
            f"linli_{Ticket(there.tenant, ticket.id, ticket.secret)}",
            f"linli_{Ticket(ticket.tenant, UUID(int=ticket.id.int + 1), ticket.secret)}",
            foreign,
            "linli_" + "9" * 5000 + ".0.x",
            "linli_½.\x80.ÿ",
        ]
        due = (401, REFUSED, "urn:linli:invalid_token")
        assert {
            token: answer_to(Program(here.app, token), at) for token in forged
        } == dict.fromkeys(forged, due)
        assert answer_to(Program(here.app, good), at)[0] == 200
        assert answer_to(Program(here.app, foreign), there.code)[0] == 200

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE api_token SET expires_at = now() WHERE api_token.tenant_id = :tenant",
            "UPDATE api_token SET revoked_at = now() WHERE api_token.tenant_id = :tenant",
            "UPDATE user_account SET status = 'closed' WHERE user_account.tenant_id = :tenant",
        ],
    )
    def test_expired_revoked_or_of_a_closed_account(
        self, statement: str, district: District, community: str
    ) -> None:
        program = district.program("viewer", community)
        assert answer_to(program, community)[0] == 200
        change(district, statement)
        assert tries(district) == []
        assert answer_to(program, community) == (401, REFUSED, "urn:linli:invalid_token")
        ticket = parse(program.token or "")
        assert ticket is not None
        due = ("测试员 · 测试程序", str(ticket.id), district.code, "refused", "invalid_token")
        assert tries(district) == [due]

    def test_a_forged_one_leaves_a_line_without_its_text_and_no_entry(
        self, district: District, community: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        good = district.program("viewer", community).token or ""
        change(
            district, "UPDATE api_token SET revoked_at = now() WHERE api_token.tenant_id = :tenant"
        )
        ticket = parse(good)
        assert ticket is not None
        forged = [
            "linli_x.y.z",
            f"linli_{Ticket(ticket.tenant, ticket.id, 'x' * 43)}",
            f"linli_{Ticket(ticket.tenant, UUID(int=ticket.id.int + 1), ticket.secret)}",
        ]
        with caplog.at_level("INFO", logger="core.web.gate"):
            statuses = [answer_to(Program(district.app, one), community)[0] for one in forged]
        assert statuses == [401, 401, 401]
        lines = [r.getMessage() for r in caplog.records if r.name == "core.web.gate"]
        assert lines == ["a token was refused that was never good here"] * 3
        assert tries(district) == []


class TestWhatItHolds:
    def test_a_missing_permission_is_named_and_recorded(self, here: District, at: str) -> None:
        program = here.program("administrator", at, "core.account.view", name="陈静")
        answer = program.get(f"/api/v1/places/{at}", headers=EN)
        assert (answer.status_code, answer.json) == (
            403,
            {
                "type": "urn:linli:forbidden",
                "title": "Not permitted",
                "status": 403,
                "detail": "This token does not hold the permission core.place.view.",
                "permission": "core.place.view",
            },
        )
        with here.entered():
            entry = db.session.execute(
                select(AuditEntry).where(AuditEntry.actor_name.startswith("陈静"))
            ).scalar_one()
            assert (entry.actor_name, entry.action, entry.object_type, entry.outcome) == (
                "陈静 · 测试程序",
                "core.place.view",
                "resource",
                "refused",
            )

    def test_each_part_of_a_change_needs_its_own(self, here: District, at: str) -> None:
        url = f"/api/v1/places/{at}/plugins/volunteer"
        narrow = here.program("administrator", at, "core.place.view")
        found = {}
        for body in ({"enabled": True}, {"settings": {}}, {}):
            answer = narrow.put(url, json=body, headers={"If-Match": "*"})
            found[str(body)] = (answer.status_code, (answer.json or {}).get("permission"))
        assert found == {
            "{'enabled': True}": (403, "core.plugin.enable"),
            "{'settings': {}}": (403, "core.plugin.configure"),
            "{}": (200, None),
        }
        both = narrow.put(
            url, json={"enabled": False, "settings": {}}, headers={"If-Match": "*", **EN}
        )
        missing = ["core.plugin.enable", "core.plugin.configure"]
        assert (both.status_code, both.json["permissions"]) == (403, missing)
        assert both.json["detail"] == (
            "This token does not hold the permissions core.plugin.enable, core.plugin.configure."
        )
        with here.entered():
            refused = db.session.execute(
                select(AuditEntry.action)
                .filter_by(object_id="volunteer", place_code=at, outcome="refused")
                .order_by(AuditEntry.id.desc())
                .limit(2)
            )
            assert set(refused.scalars()) == {"core.plugin.disable", "core.plugin.configure"}

    def test_never_more_than_its_owner_holds_now(self, district: District, community: str) -> None:
        program = district.program("administrator", community)
        url = f"/api/v1/places/{community}/plugins/volunteer"

        def statuses() -> list[int]:
            change_ = program.put(url, json={"enabled": True}, headers={"If-Match": "*"})
            return [program.get(url).status_code, change_.status_code]

        assert statuses() == [200, 200]
        role = "UPDATE role_grant SET role = 'viewer' WHERE role_grant.tenant_id = :tenant"
        change(district, role)
        assert statuses() == [200, 403]
        change(district, "DELETE FROM role_grant WHERE role_grant.tenant_id = :tenant")
        assert statuses() == [404, 404]


class TestUse:
    def test_is_noted_every_five_minutes_and_when_refused(self, here: District, at: str) -> None:
        program = here.program("viewer", at)
        ticket = parse(program.token or "")
        assert ticket is not None

        def last_used() -> Any:
            with here.entered():
                return db.session.get_one(ApiToken, (here.tenant, ticket.id)).last_used_at

        assert last_used() is None
        assert program.get(f"/api/v1/places/{here.neighbour(at)}").status_code == 404
        first = last_used()
        assert first is not None
        assert program.get(f"/api/v1/places/{at}").status_code == 200
        assert last_used() == first
        ago = "UPDATE api_token SET last_used_at = last_used_at - interval '6 minutes'"
        change(here, f"{ago} WHERE api_token.tenant_id = :tenant")
        assert program.get(f"/api/v1/places/{at}").status_code == 200
        assert timedelta(0) < last_used() - first < timedelta(minutes=1)

    def test_costs_one_statement_together_with_the_place(
        self, app: Flask, here: District, at: str
    ) -> None:
        program = here.program("viewer", at)
        program.get(f"/api/v1/places/{at}")
        with app.app_context():
            engine = db.engine
        with recorded(engine) as statements:
            assert program.get(f"/api/v1/places/{at}").status_code == 200
        (statement,) = (" ".join(statement.split()) for statement in statements)
        assert "FROM api_token JOIN user_account" in statement
        assert "FROM place JOIN tenant" in statement


class TestPages:
    @pytest.fixture
    def owner(self, here: District, at: str) -> Browser:
        return here.person("staff", at, name="王芳")

    def make(self, owner: Browser, at: str, **form: Any) -> Any:
        data = {"name": "统计平台", "days": "30", "permissions": ["core.place.view"]} | form
        return owner.send(f"/{at}/-/me/tokens/new", data, headers=EN)

    def test_one_is_made_shown_once_used_and_revoked(
        self, here: District, at: str, owner: Browser
    ) -> None:
        made = self.make(owner, at)
        assert made.status_code == 200
        shown = re.findall(r"linli_[\w.-]+", made.text)
        assert len(shown) == 1
        program = Program(here.app, shown[0])
        assert program.get(f"/api/v1/places/{at}").status_code == 200

        me = owner.get(f"/{at}/-/me", headers=EN).text
        assert (shown[0] in me, me.count("统计平台")) == (False, 1)
        revoke = re.findall(rf"/{at}/-/me/tokens/[0-9a-f-]+/revoke", me)
        assert len(revoke) == 1
        stranger = here.person("administrator", here.code)
        assert stranger.send(revoke[0]).status_code == 404
        assert program.get(f"/api/v1/places/{at}").status_code == 200
        assert owner.send(revoke[0]).status_code == 303
        assert program.get(f"/api/v1/places/{at}").status_code == 401
        assert owner.send(revoke[0]).status_code == 404
        assert "统计平台" not in owner.get(f"/{at}/-/me").text

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"name": " "}, "Please fill this in."),
            ({"name": "长" * 61}, "At most 60 characters."),
            ({"permissions": []}, "Choose at least one permission."),
            ({"permissions": ["core.plugin.enable"]}, "Choose one of the list."),
            ({"permissions": ["no.such.thing"]}, "Choose one of the list."),
            ({"days": "367"}, "Choose one of the list."),
        ],
    )
    def test_what_cannot_be_is_said_at_its_field(
        self, here: District, at: str, owner: Browser, form: dict[str, Any], said: str
    ) -> None:
        refused = self.make(owner, at, **form)
        assert (refused.status_code, said in refused.text) == (422, True)
        assert "/revoke" not in owner.get(f"/{at}/-/me").text

    def test_there_are_at_most_twenty(self, at: str, owner: Browser) -> None:
        statuses = [self.make(owner, at).status_code for _ in range(MOST_TOKENS + 1)]
        assert statuses == [200] * MOST_TOKENS + [409]

    def test_who_holds_nothing_is_told_so(self, district: District, owner: Browser) -> None:
        person = district.person("viewer", district.communities[0])
        change(district, "DELETE FROM role_grant WHERE role_grant.tenant_id = :tenant")
        page = person.get(f"/{district.code}/-/me/tokens/new", headers=EN)
        assert (page.status_code, "There is nothing that a token could do" in page.text) == (
            200,
            True,
        )


def test_the_secret_is_not_kept(here: District, at: str) -> None:
    ticket = parse(here.program("viewer", at).token or "")
    assert ticket is not None
    with here.entered():
        row = db.session.execute(
            text("SELECT t::text FROM api_token AS t WHERE t.tenant_id = :tenant AND t.id = :id"),
            {"tenant": here.tenant, "id": ticket.id},
        ).scalar_one()
    assert ticket.id.hex in row.replace("-", "")
    assert ticket.secret not in row
