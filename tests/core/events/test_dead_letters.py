"""A subscriber that fails is tried again, then given up, and can be tried once more by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.db import db
from core.events import queries
from core.events.models import EventDelivery
from core.paging import Paging
from core.plugin_host.loading import Installed
from core.testing.world import District
from tests.core.events.conftest import Told

HEARD = ("neighbour/count", "done", 1, None)


def test_one_that_fails_three_times_hears_it_once_in_the_end(
    told: Told, sample: ModuleType
) -> None:
    sample.sample.spoilt += ["error", "error", "error"]
    told.tell(1)
    pauses = []
    for _ in range(3):
        told.relay()
        pauses += told.pauses()
        told.relay()
        told.hasten()
    assert told.deliveries() == [
        HEARD,
        ("sample/count", "waiting", 3, "ZeroDivisionError: divided by nothing"),
    ]
    assert pauses == [10, 20, 40]
    assert told.heard("sample") == []
    told.relay()
    assert told.deliveries() == [HEARD, ("sample/count", "done", 4, None)]
    assert (told.heard("sample"), told.heard("neighbour")) == ([1], [1])


@pytest.mark.parametrize(
    ("how", "error"),
    [
        ("refusal", "core.errors.Conflict: 已经满了。"),
        ("sql", "sqlalchemy.exc.DataError: (psycopg.errors.DivisionByZero) division by zero"),
        (
            "swallow",
            "core.plugin_host.at_work.TransactionSpoilt:"
            " A statement failed and its error was swallowed.",
        ),
        (
            "rollback",
            "core.plugin_host.at_work.TransactionSpoilt:"
            " It ended the transaction, which is core's to end.",
        ),
    ],
)
def test_what_a_failing_subscriber_did_is_undone(
    told: Told, sample: ModuleType, how: str, error: str
) -> None:
    sample.sample.spoilt.append(how)
    told.tell(1)
    told.relay()
    assert told.deliveries() == [HEARD, ("sample/count", "waiting", 1, error)]
    assert told.heard("sample") == []


def test_errors_are_kept_without_mobile_numbers(told: Told, sample: ModuleType) -> None:
    def fail() -> None:
        raise ValueError("查无此人：13812345678\0\ud800")

    sample.sample.spoilt.append(fail)
    told.tell(1)
    told.relay()
    due = ("sample/count", "waiting", 1, "ValueError: 查无此人：138****5678�?")
    assert told.deliveries() == [HEARD, due]
    with told.district.entered():
        kept = db.session.execute(select(EventDelivery.error)).scalars()
        assert [text for text in kept if text and "13812345678" in text] == []


def test_a_change_that_nobody_recorded_is_not_made(told: Told, sample: ModuleType) -> None:
    sample.sample.spoilt.append("unaudited")
    told.tell(1, more="silently")
    told.relay()
    (_, row) = told.deliveries()
    assert row == (
        "sample/count",
        "waiting",
        1,
        "core.audit.service.UnauditedChange: Data was changed without an audit entry:"
        " use audit.attempt().",
    )
    with told.district.entered():
        assert told.district.place(told.district.communities[0]).name != "改了"


def test_after_eight_attempts_it_is_given_up(told: Told, sample: ModuleType) -> None:
    sample.sample.spoilt += ["error"] * 8
    told.tell(1)
    for _ in range(9):
        told.relay()
        told.hasten()
    assert told.deliveries() == [
        HEARD,
        ("sample/count", "dead", 8, "ZeroDivisionError: divided by nothing"),
    ]
    assert told.heard("sample") == []


def test_one_that_takes_its_worker_down_is_given_up_too(told: Told, sample: ModuleType) -> None:
    def end() -> None:
        raise SystemExit

    sample.sample.spoilt += [end] * 9
    told.tell(1)
    for _ in range(8):
        with pytest.raises(SystemExit):
            told.relay()
        told.hasten()
    told.relay()
    assert told.deliveries() == [
        HEARD,
        ("sample/count", "dead", 9, "The worker was ended in the middle of it."),
    ]


def test_a_plugin_that_cannot_run_hears_it_when_it_runs_again(
    told: Told,
    samples: Sequence[Installed],
    app_with: Callable[..., Flask],
    told_in: Callable[[District], Told],
) -> None:
    failed = [replace(samples[0], state="failed", contribution=None), *samples[1:]]
    without = told_in(replace(told.district, app=app_with(failed)))
    told.tell(1)
    without.relay()
    assert told.deliveries() == [
        ("neighbour/*", "waiting", 0, None),
        ("sample/count", "done", 1, None),
    ]
    assert without.pauses() == [600]
    told.hasten()
    without.relay()
    assert told.heard("neighbour") == []
    told.hasten()
    told.relay()
    assert told.deliveries() == [
        ("neighbour/*", "done", 1, None),
        ("neighbour/count", "done", 1, None),
        ("sample/count", "done", 1, None),
    ]
    assert told.heard("neighbour") == [1]


def test_the_page_shows_what_did_not_arrive_and_has_it_delivered(
    told: Told,
    sample: ModuleType,
    new_sampled: Callable[[], District],
    told_in: Callable[[District], Told],
) -> None:
    there, other = told.district.neighbour(told.district.communities[0]), told_in(new_sampled())
    told.district.enable("sample", there)
    here = told.district.communities[0]
    for at, place, number in ((told, here, 11), (told, there, 22), (other, None, 33)):
        sample.sample.spoilt += ["error"] * 8
        at.tell(number, place)
        for _ in range(8):
            at.relay()
            at.hasten()
        assert sample.sample.spoilt == []
    admin = told.district.person("administrator", here)
    page = admin.get(f"/{here}/-/events", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    assert page.text.count('data-label="Attempts">8<') == 1
    assert "ZeroDivisionError: divided by nothing" in page.text
    above = told.district.person("administrator", here[:9])
    assert above.get(f"/{here[:9]}/-/events").text.count(">8</td>") == 2

    foreign = ids(other)[0]
    assert admin.send(f"/{here}/-/events/{foreign}/replay").status_code == 404
    assert admin.send(f"/{here}/-/events/{ids(told, there)[0]}/replay").status_code == 404
    mine = ids(told, here)[0]
    assert admin.send(f"/{here}/-/events/{mine}/replay").status_code == 303
    told.relay()
    assert (told.heard("sample"), told.heard("sample", there)) == ([11], [])
    assert admin.send(f"/{here}/-/events/{mine}/replay").status_code == 404
    assert admin.send(f"/{here}/-/events/replay").status_code == 303
    told.relay()
    assert told.heard("sample", there) == []
    assert above.send(f"/{here[:9]}/-/events/replay").status_code == 303
    told.relay()
    assert told.heard("sample", there) == [22]
    assert other.heard("sample") == []
    with told.district.entered():
        acts = db.session.query(AuditEntry).filter_by(action="core.event.replay").all()
        assert sorted((act.outcome, act.place_code) for act in acts) == sorted(
            [("refused", here)] * 3 + [("done", here)] * 2 + [("done", here[:9])]
        )


def ids(told: Told, place: str | None = None) -> list[str]:
    """The dead deliveries of events at a place."""
    with told.district.entered():
        page = queries.undelivered(place or told.district.code, Paging(), state="dead")
        return [str(row.id) for row in page.rows]
