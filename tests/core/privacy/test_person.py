"""One person, exported and erased: everything of theirs, nothing of anybody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from core.audit import seal
from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.errors import Conflict, Forbidden, Invalid
from core.plugin_host.host import plugin_host
from core.privacy import service
from core.privacy.contract import Subject
from core.privacy.handlers import HandlerFailed
from core.sdk import Actor
from core.tenancy.keys import cipher
from core.testing.fixtures import tenant_tables
from core.testing.world import SYSTEM, District
from core.web.refusals import record_refusal

PHONE, OTHER_PHONE, NAME = "13600000001", "13600000002", "王芳芳"
ERASED = {
    "core.account": 1,
    "core.role": 1,
    "core.session": 0,
    "core.link": 1,
    "core.token": 0,
    "core.file_aside": 1,
    "core.job": 0,
    "diary.entry": 2,
    "letters.entry": 2,
}


def erase(district: District, phone: str = PHONE, actor: Actor = SYSTEM) -> dict[str, int]:
    with district.entered():
        at = district.place(district.code)
        return dict(service.erase_person(actor, plugin_host(), at, Subject(phone)))


def export(district: District, phone: str = PHONE) -> dict[str, list[Any]]:
    with district.entered():
        at = district.place(district.code)
        found = service.export_person(SYSTEM, plugin_host(), at, Subject(phone))
        return {section.key: list(section.rows) for section in found}


def log(district: District) -> list[tuple[str, str, Any]]:
    """The acts on people, their outcome and what they recorded."""
    with district.entered():
        return [
            tuple(row)
            for row in db.session.execute(
                select(AuditEntry.action, AuditEntry.outcome, AuditPayload.after)
                .join(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
                .where(AuditEntry.object_type == "person")
                .order_by(AuditEntry.id)
            )
        ]


def test_the_export_holds_everything_and_nothing_of_others(held: Any) -> None:
    found = export(held.district)

    counts = {key: len(rows) for key, rows in found.items()}
    acts = {(r["relation"], r["act"], r["entries"]) for r in found.pop("core.audit")}
    account = found["core.account"][0]
    assert (account["name"], account["phone"], account["status"]) == (NAME, PHONE, "active")
    assert [(r["role"], r["place"]) for r in found["core.role"]] == [("staff", held.community)]
    assert [row["name"] for row in found["core.file_aside"]] == [f"{PHONE}.pdf"]
    assert found["diary.entry"] == [{"name": NAME}] * 2
    assert found["letters.line"] == [{"points": 3}, {"points": 4}] * 2
    assert counts == {
        "core.account": 1,
        "core.role": 1,
        "core.session": 0,
        "core.link": 1,
        "core.token": 0,
        "core.file_aside": 1,
        "core.job": 0,
        "core.audit": 3,
        **dict.fromkeys(("diary.entry", "letters.entry"), 2),
        **dict.fromkeys(("diary.line", "letters.line"), 4),
    }
    assert acts == {
        ("about", "core.account.create", 1),
        ("about", "core.account.grant", 1),
        ("about", "core.account.link", 1),
    }
    assert log(held.district) == [("core.person.export", "done", {"counts": counts})]
    again = export(held.district)["core.audit"]
    assert [(r["actor"], r["entries"]) for r in again if r["act"] == "core.person.export"] == [
        ("tests", 1)
    ]


def test_erasing_takes_that_person_and_leaves_all_others(held: Any) -> None:
    before, there = held.rows(held.district), held.rows(held.elsewhere)
    other = export(held.district, OTHER_PHONE)

    assert erase(held.district) == ERASED

    after = held.rows(held.district)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "file_aside",
        "one_time_link",
        "p_diary__entry",
        "p_letters__entry",
        "role_grant",
        "user_account",
    }
    for name in changed:
        gone = [row for row in before[name] if row not in after[name]]
        assert len(gone) == ERASED.get(
            {
                "file_aside": "core.file_aside",
                "one_time_link": "core.link",
                "p_diary__entry": "diary.entry",
                "p_letters__entry": "letters.entry",
                "role_grant": "core.role",
                "user_account": "core.account",
            }[name]
        )
    assert held.rows(held.elsewhere) == there
    later = export(held.district, OTHER_PHONE)
    assert {k: v for k, v in later.items() if k != "core.audit"} == {
        k: v for k, v in other.items() if k != "core.audit"
    }
    assert log(held.district)[1] == ("core.person.erase", "done", {"counts": ERASED})


def test_what_was_erased_is_found_nowhere(held: Any) -> None:
    district = held.district
    with district.entered():
        traces = [
            cipher().blind_index(PHONE, purpose)
            for purpose in ("user_account.phone", "p_diary__entry.phone", "p_letters__entry.phone")
        ]
    traces.append(PHONE)
    assert _found_anywhere(district, traces) == {
        "file_aside",
        "user_account",
        "p_diary__entry",
        "p_letters__entry",
    }
    names = _found_anywhere(district, [NAME])

    erase(district)
    erase(district, OTHER_PHONE)

    assert _found_anywhere(district, traces) == set()
    assert names == {"user_account", "p_diary__entry", "p_letters__entry"}
    assert _found_anywhere(district, [NAME]) == set()
    with district.entered():
        while seal.seal_batch():
            pass
        assert seal.verify().holds


def _found_anywhere(district: District, traces: list[str]) -> set[str]:
    """The tables in which any column of any row of this district holds one of the traces."""
    sought = [*traces, *(trace.encode().hex() for trace in traces)]
    tables = set()
    with district.entered():
        for table in tenant_tables(district.app):
            rows = db.session.execute(
                text(f"SELECT t::text FROM {table} AS t WHERE t.tenant_id = :tenant"),
                {"tenant": district.tenant},
            ).scalars()
            if any(trace in row for row in rows for trace in sought):
                tables.add(table)
    return tables


def test_once_more_finds_nothing(held: Any) -> None:
    erase(held.district)
    before = held.rows(held.district)

    assert erase(held.district) == dict.fromkeys(ERASED, 0)

    assert held.rows(held.district) == before
    assert {key for key, rows in export(held.district).items() if rows} == {"core.audit"}


def broken_sql() -> dict[str, int]:
    with suppress(ProgrammingError):
        db.session.execute(text("SELECT no_such_column"))
    return {}


def broken_code() -> dict[str, int]:
    raise SystemError("disk full")


@pytest.mark.parametrize("fault", [broken_code, broken_sql])
def test_a_plugin_that_fails_is_named_and_nothing_is_done(
    held: Any, notebooks: Any, fault: Callable[[], Any]
) -> None:
    before = held.rows(held.district)

    with notebooks.letters.failing(fault), pytest.raises(HandlerFailed) as caught:
        erase(held.district)

    assert str(caught.value) == "信件 failed, so nothing was done."
    assert held.rows(held.district) == before
    with notebooks.letters.failing(fault), pytest.raises(HandlerFailed):
        export(held.district)


@pytest.mark.parametrize(
    "answer",
    [{"letters.entry": -1}, {"letters.entry": "two"}, {"diary.entry": 1}, None],
)
def test_a_count_that_is_none_is_a_failure(held: Any, notebooks: Any, answer: Any) -> None:
    with notebooks.letters.failing(lambda: answer), pytest.raises(HandlerFailed):
        erase(held.district)


def test_every_objection_is_told_and_recorded(held: Any, notebooks: Any) -> None:
    before = held.rows(held.district)

    with (
        notebooks.diary.objecting("案件未结"),
        notebooks.letters.objecting("信件在途"),
        pytest.raises(Conflict) as caught,
    ):
        erase(held.district)
    with held.district.app.app_context(), held.district.entered():
        record_refusal(caught.value)

    assert str(caught.value) == "Not now. 日记: 案件未结; 信件: 信件在途."
    assert held.rows(held.district) == before
    assert log(held.district) == [("core.person.erase", "refused", None)]


def test_the_last_administrator_stays(held: Any) -> None:
    with pytest.raises(Conflict, match="keeps at least one administrator"):
        erase(held.district, "13800000000")


def test_only_an_administrator_of_the_district_may(held: Any) -> None:
    with pytest.raises(Forbidden):
        erase(held.district, actor=Actor(None, "nobody"))
    with held.district.entered():
        street = held.district.place(held.community[:9])
        with pytest.raises(Invalid):
            service.erase_person(SYSTEM, plugin_host(), street, Subject(PHONE))


def test_what_is_exported_is_plain_json(held: Any) -> None:
    assert json.loads(json.dumps(export(held.district)))["core.account"][0]["phone"] == PHONE
