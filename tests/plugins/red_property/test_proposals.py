"""A result that Evaluation announces becomes proposed items, once; somebody decides on each."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core.accounts.actor import Actor
from core.clock import now
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.events.contract import Heard
from core.events.models import EventDelivery
from core.events.service import emit
from core.jobs import tasks
from core.paging import Paging
from core.testing.world import SYSTEM
from plugins.evaluation.events import ResultAnnounced
from plugins.red_property import queries
from plugins.red_property.service import methods, proposals
from plugins.red_property.subscriptions import offer_for_result
from tests.plugins.red_property.conftest import Ratings

ENDS = date(2025, 12, 31)


@pytest.fixture
def ratings(new_ratings: Callable[[], Ratings]) -> Ratings:
    """A district with two companies: each of two communities of a street has one.

    Both also have one that went away before the year ended, and an owners' committee would not do.
    """
    made = new_ratings()
    made.adopt("yantai_2022")
    here, there = made.community, made.district.neighbour(made.community)
    made.district.enable("red_property", here)
    made.company("红星物业", serves=here)
    made.company("离任物业", serves=here, until=date(2025, 12, 30))
    made.company("绿城物业", serves=there)
    return made


def announce(
    ratings: Ratings, codes: Sequence[str], ranks: Sequence[int], vetoed: Sequence[str] = ()
) -> None:
    """Tell the result of the street's season, in which these communities have these ranks."""
    with ratings.district.entered():
        places = [ratings.district.place(code).id for code in codes]
        emit(
            ResultAnnounced(
                season=uuid4(),
                title="2025 年度社区评比",
                begins_on=date(2025, 1, 1),
                ends_on=ENDS,
                places=places,
                ranks=ranks,
                scores=[9000] * len(places),
                awarded=[rank == 1 for rank in ranks],
                vetoed=[code in vetoed for code in codes],
            ),
            ratings.district.place(ratings.community[:9]).view,
        )


def deliver(ratings: Ratings) -> None:
    with ratings.district.app.app_context():
        tasks.relay_events(ratings.district.tenant)


def offered(ratings: Ratings, state: str = "waiting") -> list[tuple[str, str, str]]:
    """Company, place and item of every proposal."""
    with ratings.district.entered():
        page = queries.proposals(ratings.place, state, Paging())
        return sorted((o.organisation_name, o.place.code, o.item.code) for o in page.rows)


def first(ratings: Ratings) -> UUID:
    with ratings.district.entered():
        return queries.proposals(ratings.place, "waiting", Paging()).rows[0].proposal.id


def test_a_result_is_proposed_where_the_plugin_is_on(ratings: Ratings) -> None:
    here, there = ratings.community, ratings.district.neighbour(ratings.community)
    announce(ratings, [there, here], [1, 2])
    assert offered(ratings) == []
    deliver(ratings)
    assert offered(ratings) == [("红星物业", here, "G8")]
    with ratings.district.entered():
        (one,) = queries.proposals(ratings.place, "waiting", Paging()).rows
        assert (one.proposal.reason, one.proposal.occurred_on) == ("2025 年度社区评比", ENDS)
        assert queries.waiting_count(ratings.place) == 1

    ratings.district.enable("red_property", there)
    announce(ratings, [there, here], [3, 4])
    deliver(ratings)
    assert offered(ratings) == [("红星物业", here, "G8"), ("绿城物业", there, "G8")]


def test_who_was_vetoed_gives_no_reason_for_an_item(ratings: Ratings) -> None:
    here, there = ratings.community, ratings.district.neighbour(ratings.community)
    ratings.district.enable("red_property", there)
    announce(ratings, [there, here], [1, 2], vetoed=[here])
    deliver(ratings)
    assert offered(ratings) == [("绿城物业", there, "G8")]


def test_the_method_in_force_at_delivery_decides(new_ratings: Callable[[], Ratings]) -> None:
    """As when a district adopts its first method while the event is on its way."""
    ratings = new_ratings()
    ratings.district.enable("red_property", ratings.community)
    ratings.company("红星物业", serves=ratings.community)
    announce(ratings, [ratings.community], [1])
    ratings.adopt("yantai_2022")
    deliver(ratings)
    assert offered(ratings) == [("红星物业", ratings.community, "G8")]


def test_nothing_is_posted_silently(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    with ratings.district.entered():
        page = queries.grades(ratings.place, now(), paging=Paging())
        assert [(grade.score, grade.graded) for grade in page.rows] == [(0, False)] * 3


def test_delivered_again_it_is_proposed_once(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    with ratings.district.entered():
        table: Any = EventDelivery.__table__
        ours = (table.c.tenant_id == ratings.district.tenant) & (
            table.c.subscriber == "red_property/offer_for_result"
        )
        again = update(table).where(ours).values(state="waiting", attempts=0, due_at=now())
        assert db.session.connection().execute(again).rowcount == 1
    deliver(ratings)
    assert len(offered(ratings)) == 1


def test_two_deliveries_at_once_propose_once(ratings: Ratings) -> None:
    with ratings.district.entered():
        place = ratings.district.place(ratings.community)
        data = {
            "places": [str(place.id)],
            "ranks": [1],
            "vetoed": [False],
            "ends_on": ENDS.isoformat(),
            "title": "评比",
        }
        event = Heard(uuid4(), "evaluation.result_announced", now(), place.view, data, SYSTEM)
    barrier = threading.Barrier(2)

    def hear() -> None:
        with ratings.district.entered():
            barrier.wait()
            offer_for_result(event)

    threads = [threading.Thread(target=hear) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(offered(ratings)) == 1


def test_where_the_district_forbids_it_nothing_is_heard(ratings: Ratings) -> None:
    ratings.district.allow("red_property", "forbidden")
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    ratings.district.allow("red_property", "available")
    deliver(ratings)
    assert offered(ratings, "") == []


def test_accepted_it_is_an_item_of_the_ledger_once(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    proposal = first(ratings)
    with ratings.district.entered(), pytest.raises(Invalid) as caught:
        proposals.accept(SYSTEM, ratings.place, proposal, 501, "第一名")
    assert list(caught.value.fields) == ["points"]
    with ratings.district.entered():
        entry = proposals.accept(SYSTEM, ratings.place, proposal, 500, "第一名")
        assert (entry.points, entry.occurred_on) == (500, ENDS)
        company = entry.organisation_id
    assert ratings.level(company) == (500, None)
    for again in (
        lambda: proposals.accept(SYSTEM, ratings.place, proposal, 500, "第一名"),
        lambda: proposals.decline(SYSTEM, ratings.place, proposal, "重复"),
    ):
        with ratings.district.entered(), pytest.raises(Conflict):
            again()
    assert (offered(ratings), len(offered(ratings, "accepted"))) == ([], 1)


def test_declined_it_stays_declined(ratings: Ratings, new_ratings: Callable[[], Ratings]) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    proposal = first(ratings)
    with ratings.district.entered(), pytest.raises(Invalid):
        proposals.decline(SYSTEM, ratings.place, proposal, "  ")
    with ratings.district.entered():
        proposals.decline(SYSTEM, ratings.place, proposal, "与物业无关")
    with ratings.district.entered(), pytest.raises(Conflict):
        proposals.accept(SYSTEM, ratings.place, proposal, 500, "第一名")
    other = new_ratings()
    with other.district.entered(), pytest.raises(NotFound):
        proposals.decline(SYSTEM, other.place, proposal, "不是我们的")
    with ratings.district.entered():
        found = queries.proposal(ratings.place, proposal).proposal
        assert (found.state, found.decision, found.entry_id) == ("declined", "与物业无关", None)


def test_only_who_may_decides(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    proposal, nobody = first(ratings), Actor(uuid4(), "李四")
    with ratings.district.entered(), pytest.raises(Forbidden):
        proposals.accept(nobody, ratings.place, proposal, 500, "第一名")
    with ratings.district.entered(), pytest.raises(Forbidden):
        proposals.decline(nobody, ratings.place, proposal, "原因")
    assert len(offered(ratings)) == 1


def test_after_a_new_version_the_item_of_the_same_code_is_entered(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    proposal = first(ratings)
    changed = copy.deepcopy(next(m.document for m in methods.shipped() if m.key[0] == "y"))
    cheaper = next(item for item in changed["items"] if item["code"] == "G8")
    cheaper["points"] = "2"
    newest = ratings.adopt(changed, date(2026, 1, 1))
    with ratings.district.entered(), pytest.raises(Invalid):
        proposals.accept(SYSTEM, ratings.place, proposal, 500, "第一名")
    with ratings.district.entered():
        entry = proposals.accept(SYSTEM, ratings.place, proposal, 200, "第一名")
        assert entry.method_id == newest


def test_what_the_method_no_longer_has_can_only_be_declined(ratings: Ratings) -> None:
    announce(ratings, [ratings.community], [1])
    deliver(ratings)
    ratings.adopt("lianyungang_2018", date(2026, 1, 1))
    proposal = first(ratings)
    with ratings.district.entered(), pytest.raises(Conflict) as caught:
        proposals.accept(SYSTEM, ratings.place, proposal, 100, "第一名")
    assert caught.value.field == "item"
    with ratings.district.entered():
        proposals.decline(SYSTEM, ratings.place, proposal, "办法已变")
