"""Entering items and ending them: what is refused, naming the field, and that nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from core.accounts.actor import Actor
from core.audit.models import AuditEntry
from core.clock import now, today
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.files.models import StoredFile
from core.organisations import service as organisations
from core.organisations.models import Organisation
from core.paging import Paging
from core.testing.world import SYSTEM, english
from plugins.red_property import queries
from plugins.red_property.models import Entry
from plugins.red_property.service import ledger
from tests.plugins.red_property.conftest import EVIDENCE, Ratings


@pytest.fixture(scope="module")
def company(yantai: Ratings) -> UUID:
    """A company that serves the first community since 2024, and not since 2026-06-30."""
    return yantai.company("红星物业", since=date(2024, 1, 1), until=date(2026, 6, 30))


def refused(ratings: Ratings, act: Callable[[], Any]) -> tuple[type, dict[str, list[str]]]:
    """What an act is refused with, in English, after making sure that it left nothing."""
    before = rows(ratings)
    with ratings.district.app.test_request_context(headers={"Accept-Language": "en"}):
        with pytest.raises(LinliError) as caught:
            act()
        error = caught.value
        fields = getattr(error, "fields", None) or {error.field or "": [error.message]}
        said = {name: [str(text) for text in texts] for name, texts in fields.items()}
    assert rows(ratings) == before
    return type(error), said


def rows(ratings: Ratings) -> tuple[int, int]:
    with ratings.district.entered():
        entries = db.session.execute(select(func.count(Entry.id))).scalar_one()
        files = db.session.execute(select(func.count(StoredFile.id))).scalar_one()
        return entries, files


@pytest.mark.parametrize(
    ("code", "points", "values", "field", "message"),
    [
        ("G9", "0.99", {}, "points", "This item is worth 1.00 to 10.00 points."),
        ("G9", "10.01", {}, "points", "This item is worth 1.00 to 10.00 points."),
        ("D2", "4.99", {}, "points", "This item is worth 5.00 points."),
        ("D2", "5", {"evidence": None}, "evidence", "This item needs evidence: a photo or a PDF."),
        (
            "G9",
            "5",
            {"occurred_on": today() + timedelta(days=1)},
            "occurred_on",
            "This day is still to come.",
        ),
        (
            "G9",
            "5",
            {"valid_from": date(2025, 12, 31)},
            "valid_from",
            "It cannot count before it happened.",
        ),
        ("G9", "5", {"basis": " \n"}, "basis", "Please fill this in."),
        ("G9", "5", {"about_place_id": uuid4()}, "about_place", "There is no such place."),
    ],
)
def test_what_does_not_fit_is_refused(
    yantai: Ratings,
    company: UUID,
    code: str,
    points: str,
    values: dict[str, Any],
    field: str,
    message: str,
) -> None:
    assert refused(yantai, lambda: yantai.enter(company, code, points, **values)) == (
        Invalid,
        {field: [message]},
    )


def test_all_that_is_wrong_is_said_at_once(yantai: Ratings, company: UUID) -> None:
    kind, said = refused(yantai, lambda: yantai.enter(company, "D2", "6", basis="", evidence=None))
    assert (kind, sorted(said)) == (Invalid, ["basis", "evidence", "points"])


def test_an_item_belongs_to_what_the_company_served_that_day(
    yantai: Ratings, company: UUID
) -> None:
    with yantai.district.entered():
        here = yantai.district.place(yantai.community)
        there = yantai.district.place(yantai.district.neighbour(yantai.community))
        home, away = (here.id, here.name), (there.id, there.name)

    def enter(day: date, place: UUID) -> UUID:
        return yantai.enter(company, "G9", "1", occurred_on=day, about_place_id=place)

    served = "1 Jan 2024 to 30 Jun 2026"
    for day in (date(2023, 12, 31), date(2026, 7, 1)):
        assert refused(yantai, lambda day=day: enter(day, home[0])) == (
            Invalid,
            {"occurred_on": [f"红星物业 did not serve {home[1]} on that day, but: {served}."]},
        )
    assert refused(yantai, lambda: enter(date(2026, 1, 1), away[0])) == (
        Invalid,
        {"about_place": [f"红星物业 never served {away[1]}."]},
    )
    for day in (date(2024, 1, 1), date(2026, 6, 30)):
        enter(day, home[0])


def test_items_companies_and_entries_of_others_are_not_there(
    yantai: Ratings, company: UUID, new_ratings: Callable[[], Ratings]
) -> None:
    other = new_ratings()

    def enter_without_method() -> None:
        with other.district.entered():
            ledger.enter(SYSTEM, other.place, company, uuid4(), 100, date(2026, 1, 1), None, "依据")

    assert refused(yantai, enter_without_method) == (
        Conflict,
        {"item": ["No rating method is in force. Adopt one first."]},
    )
    other.adopt("yantai_2022")
    theirs = other.company()
    entry = other.enter(theirs, "G9", "1")
    strange = other.item("G9")

    def enter(who: UUID, item: UUID) -> None:
        with yantai.district.entered():
            ledger.enter(SYSTEM, yantai.place, who, item, 100, date(2026, 1, 1), None, "依据")

    assert refused(yantai, lambda: enter(company, strange)) == (
        Invalid,
        {"item": ["This item is not of the method in force."]},
    )
    assert refused(yantai, lambda: enter(theirs, yantai.item("G9"))) == (
        Invalid,
        {"organisation": ["There is no such property company."]},
    )
    with yantai.district.entered():
        committee = organisations.register(
            SYSTEM, yantai.place, "owners_committee", "业主委员会"
        ).id
    assert refused(yantai, lambda: enter(committee, yantai.item("G9")))[1] == {
        "organisation": ["There is no such property company."]
    }
    assert refused(yantai, lambda: yantai.end(entry))[0] is NotFound
    for read in (
        lambda: queries.entry(yantai.place, entry),
        lambda: queries.grade_of(yantai.place, theirs, now()),
        lambda: queries.receipt(yantai.place, theirs, now()),
    ):
        with yantai.district.entered(), pytest.raises(NotFound):
            read()
    assert other.level(theirs) == (100, None)


def test_places_served_twice_are_told_with_both_terms(yantai: Ratings) -> None:
    company = yantai.company("绿城物业", since=date(2020, 1, 1), until=date(2020, 12, 31))
    with yantai.district.entered():
        home = yantai.district.place(yantai.community)
        organisation = db.session.get(Organisation, (yantai.district.tenant, company))
        assert organisation is not None
        organisations.begin_service(SYSTEM, organisation, home.view, date(2024, 1, 1))
        here, name = home.id, home.name

    def enter() -> UUID:
        day = date(2022, 6, 1)
        return yantai.enter(company, "G9", "1", occurred_on=day, about_place_id=here)

    served = "since 1 Jan 2024; 1 Jan 2020 to 31 Dec 2020"
    assert refused(yantai, enter) == (
        Invalid,
        {"occurred_on": [f"绿城物业 did not serve {name} on that day, but: {served}."]},
    )


def test_an_item_sent_twice_is_entered_once(yantai: Ratings, company: UUID) -> None:
    entry_id, item = uuid4(), yantai.item("D2")
    before = rows(yantai)

    def enter(item_id: UUID = item, who: UUID = company, actor: Actor = SYSTEM) -> UUID:
        day, evidence = date(2026, 1, 1), EVIDENCE
        with yantai.district.entered():
            return ledger.enter(
                actor,
                yantai.place,
                who,
                item_id,
                500,
                day,
                None,
                "依据",
                evidence,
                entry_id=entry_id,
            ).id

    barrier = threading.Barrier(2)
    made: list[UUID] = []

    def send() -> None:
        barrier.wait()
        made.append(enter())

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (made, enter()) == ([entry_id, entry_id], entry_id)
    assert rows(yantai) == (before[0] + 1, before[1] + 1)
    with yantai.district.entered():
        acts = select(AuditEntry.outcome).where(AuditEntry.object_id == str(entry_id))
        assert db.session.execute(acts).scalars().all() == ["done"]

    taken = (Conflict, {"id": ["Another item was entered with this id. Open the form anew."]})
    other = yantai.item("G9")
    assert refused(yantai, lambda: enter(item_id=other)) == taken
    assert refused(yantai, lambda: enter(who=yantai.company())) == taken
    assert refused(yantai, lambda: enter(actor=Actor(uuid4(), "李四")))[0] is Forbidden


def test_who_has_an_entry_stays_in_sight_as_another_kind(
    new_ratings: Callable[[], Ratings],
) -> None:
    ratings = new_ratings()
    ratings.adopt("yantai_2022")
    company = ratings.company("转型企业")
    ratings.company("清白物业")
    ratings.enter(company, "B1", "30")
    before = ratings.grade(company)
    with ratings.district.entered():
        organisations.register(SYSTEM, ratings.place, "owners_committee", "业委会")
        table: Any = Organisation.__table__
        ours = (table.c.tenant_id == ratings.district.tenant) & (table.c.id == company)
        db.session.connection().execute(update(table).where(ours).values(kind="company"))
    assert ratings.grade(company) == before
    assert ratings.receipt(company).grade == before
    entry = ratings.enter(company, "G9", "1")
    with ratings.district.entered():
        within = ratings.district.place(ratings.community).view
        for where in (None, within):
            page = queries.grades(ratings.place, now(), within=where, paging=Paging())
            assert [(one.name, one.score) for one in page.rows] == [
                ("转型企业", 3100),
                ("清白物业", 0),
            ]
        assert queries.entries(ratings.place, company, Paging()).total == 2
        assert queries.entry(ratings.place, entry).organisation_name == "转型企业"


def test_only_who_may_enters_and_ends(yantai: Ratings, company: UUID) -> None:
    nobody, item = Actor(uuid4(), "李四"), yantai.item("G9")
    entry = yantai.enter(company, "G9", "1")

    def enter() -> None:
        with yantai.district.entered():
            ledger.enter(nobody, yantai.place, company, item, 100, date(2026, 1, 1), None, "依据")

    def end() -> None:
        with yantai.district.entered():
            ledger.end(nobody, yantai.place, entry, "revoked", "原因")

    assert refused(yantai, enter)[0] is Forbidden
    assert refused(yantai, end)[0] is Forbidden


def test_an_entry_ends_once(yantai: Ratings, company: UUID) -> None:
    entry = yantai.enter(company, "G9", "1")
    assert refused(yantai, lambda: yantai.end(entry, "expired")) == (
        Invalid,
        {"kind": ["Choose one of the list."]},
    )
    assert refused(yantai, lambda: yantai.end(entry, "rectified")) == (
        Invalid,
        {"kind": ["This item stands for its term. It can only be revoked."]},
    )
    assert refused(yantai, lambda: yantai.end(entry, reason=" ")) == (
        Invalid,
        {"reason": ["Please fill this in."]},
    )
    yantai.end(entry)
    day = english(today())
    assert refused(yantai, lambda: yantai.end(entry)) == (
        Conflict,
        {"kind": [f"This entry was revoked already, on {day}."]},
    )


def test_entries_are_numbered_without_gaps_when_many_write_at_once(
    new_ratings: Callable[[], Ratings],
) -> None:
    ratings = new_ratings()
    ratings.adopt("yantai_2022")
    company, item = ratings.company(), ratings.item("G9")

    def work() -> None:
        for _ in range(5):
            with ratings.district.entered():
                ledger.enter(
                    SYSTEM, ratings.place, company, item, 100, date(2026, 1, 1), None, "依据"
                )

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ratings.district.entered():
        numbers = db.session.execute(select(Entry.number).order_by(Entry.number)).scalars().all()
    assert list(numbers) == list(range(1, 16))
    assert ratings.level(company) == (1500, None)


def test_what_was_done_is_in_the_audit_log(yantai: Ratings, company: UUID) -> None:
    entry = yantai.enter(company, "D2", "5", evidence=EVIDENCE)
    yantai.end(entry)
    with yantai.district.entered():
        acts = db.session.execute(
            select(AuditEntry.action, AuditEntry.outcome)
            .where(AuditEntry.object_id == str(entry))
            .order_by(AuditEntry.id)
        ).all()
        line = queries.entry(yantai.place, entry)
        assert line.entry.evidence_id is not None
        kept = db.session.get(StoredFile, (yantai.district.tenant, line.entry.evidence_id))
        assert kept is not None
        assert (kept.plugin, kept.name, kept.content) == (
            "red_property",
            EVIDENCE.name,
            EVIDENCE.content,
        )
        assert (line.organisation_name, line.why) == ("红星物业", "revoked")
    assert [tuple(act) for act in acts] == [
        ("red_property.item.enter", "done"),
        ("red_property.item.end", "done"),
    ]
