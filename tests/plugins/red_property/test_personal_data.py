"""What is held about who entered items, and about a community, handed out and erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import uuid4

from sqlalchemy import select

from core import tenancy
from core.accounts import service as accounts
from core.accounts.actor import Actor, Held
from core.clock import now
from core.db import db, transaction
from core.events.contract import Heard
from core.plugin_host.host import plugin_host
from core.privacy import community as communities
from core.privacy import service as privacy
from core.privacy.contract import Subject
from core.testing.world import SYSTEM
from plugins.red_property.models import Entry, Proposal
from plugins.red_property.service import ledger, proposals
from plugins.red_property.subscriptions import offer_for_result
from tests.plugins.red_property.conftest import Ratings

PHONE = "13812345678"


def hand_out(ratings: Ratings) -> dict[str, list[str]]:
    """Ids of what the plugin hands out about whoever has the number."""
    with ratings.district.entered():
        place = ratings.district.place(ratings.district.code)
        found = privacy.export_person(SYSTEM, plugin_host(), place, Subject(PHONE))
        return {
            section.key: [row["id"] for row in section.rows]
            for section in found
            if section.key.startswith("red_property.")
        }


def test_who_entered_and_ended_is_handed_out_to_them_alone(
    new_ratings: Callable[[], Ratings],
) -> None:
    ratings = new_ratings()
    ratings.adopt("yantai_2022")
    company, item = ratings.company(), ratings.item("G9")
    ratings.end(ratings.enter(company, "G9", "1"))
    assert not any(hand_out(ratings).values())
    with ratings.district.entered():
        at = ratings.district.place(ratings.district.code)
        user = accounts.create_user(SYSTEM, at, name="王芳", phone=PHONE)
        catalogue = plugin_host().catalogue
        accounts.grant_role(SYSTEM, catalogue, user, at, "staff")
        actor = Actor(
            user.id,
            user.name,
            (Held(at.code, "staff", catalogue.of_role("staff")),),
        )
        entry = ledger.enter(actor, at.view, company, item, 100, date(2026, 1, 1), None, "依据")
        ending = ledger.end(actor, at.view, entry.id, "revoked", "有误")
        mine = {
            "red_property.entries": [str(entry.id)],
            "red_property.endings": [str(ending.id)],
        }
    assert hand_out(ratings) == mine


def test_erasing_a_community_takes_what_was_proposed_and_leaves_the_ledger(
    new_ratings: Callable[[], Ratings],
) -> None:
    ratings = new_ratings()
    ratings.adopt("yantai_2022")
    here, there = ratings.community, ratings.district.neighbour(ratings.community)
    for code in (here, there):
        ratings.district.enable("red_property", code)
        ratings.company(serves=code)
    with ratings.district.entered():
        places = [ratings.district.place(code) for code in (here, there)]
        ids = [str(place.id) for place in places]
        data = {
            "places": ids,
            "ranks": [1, 1],
            "vetoed": [False, False],
            "ends_on": "2025-12-31",
            "title": "评比",
        }
        name = "evaluation.result_announced"
        for _ in range(2):
            offer_for_result(Heard(uuid4(), name, now(), places[0].view, data, SYSTEM))
        accepted, *_rest = db.session.execute(
            select(Proposal.id).where(Proposal.about_place_id == places[0].id)
        ).scalars()
        proposals.accept(SYSTEM, ratings.place, accepted, 500, "第一名")
    ratings.district.disable("red_property", here)
    district = ratings.district
    with district.app.app_context(), tenancy.enter(district.tenant), tenancy.batch():
        with transaction():
            counts = communities.erase_community(
                SYSTEM,
                plugin_host(),
                district.place(district.code),
                district.place(here),
                "red_property",
            )
        db.session.remove()
    assert counts["red_property.proposals"] == 1
    with district.entered():
        left = db.session.execute(select(Proposal.about_place_id, Proposal.state)).all()
        entries = db.session.execute(select(Entry.points)).scalars().all()
    assert sorted((str(place), state) for place, state in left) == sorted(
        [(ids[0], "accepted"), (ids[1], "waiting"), (ids[1], "waiting")]
    )
    assert list(entries) == [500]
