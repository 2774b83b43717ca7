"""One community's data in one plugin, handed out, erased as the batch role, and proven gone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core import tenancy
from core.accounts.actor import Actor, Held
from core.db import db, transaction
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.files.models import StoredFile
from core.plugin_host.host import plugin_host
from core.privacy.community import erase_community, export_community
from core.privacy.handlers import HandlerFailed
from core.testing.world import SYSTEM, District

ERASED = {
    "diary.line": 3,
    "diary.entry": 2,
    "core.stored_file": 0,
    "core.indicator_value": 0,
}


def erase(
    district: District, code: str, plugin: str = "diary", actor: Actor = SYSTEM
) -> dict[str, int]:
    with district.app.app_context(), tenancy.enter(district.tenant), tenancy.batch():
        try:
            with transaction():
                at, place = district.place(district.code), district.place(code)
                return dict(erase_community(actor, plugin_host(), at, place, plugin))
        finally:
            db.session.remove()


def export(district: District, code: str, plugin: str = "diary") -> dict[str, int]:
    with district.entered():
        found = export_community(SYSTEM, plugin_host(), district.place(code), plugin)
        return {section.key: len(section.rows) for section in found}


def test_it_takes_the_ledger_too_and_only_there(held: Any) -> None:
    before, there = held.rows(held.district), held.rows(held.elsewhere)
    found = {"diary.entry": 2, "diary.line": 3, "core.stored_file": 0}
    assert export(held.district, held.community) == found

    assert erase(held.district, held.community) == ERASED

    after = held.rows(held.district)
    changed = {
        name: (len(before[name]), len(after[name]))
        for name in before
        if before[name] != after[name]
    }
    assert changed == {"p_diary__entry": (4, 2), "p_diary__line": (6, 3)}
    assert held.rows(held.elsewhere) == there
    assert export(held.district, held.community) == dict.fromkeys(found, 0)
    assert export(held.district, held.neighbour) == found
    assert erase(held.district, held.community) == dict.fromkeys(ERASED, 0)


def test_only_outside_of_the_batch_is_it_refused_at_all(held: Any) -> None:
    at = held.district.place
    with held.district.entered(), pytest.raises(tenancy.TenancyError, match=r"tenancy\.batch"):
        erase_community(SYSTEM, plugin_host(), at(held.district.code), at(held.community), "diary")


def test_it_must_be_switched_off_there(held: Any) -> None:
    held.district.enable("diary", held.community)
    with pytest.raises(Conflict, match="Switch the application off there first"):
        erase(held.district, held.community)
    held.district.disable("diary", held.community)
    held.district.allow("diary", "mandatory")
    with pytest.raises(Conflict, match="Switch the application off there first"):
        erase(held.district, held.community)
    held.district.allow("diary", "available")
    assert erase(held.district, held.community) == ERASED


def test_what_is_left_behind_undoes_it(held: Any, notebooks: Any) -> None:
    before = held.rows(held.district)
    with (
        notebooks.diary.failing(lambda: {"diary.entry": 2}),
        pytest.raises(HandlerFailed) as caught,
    ):
        erase(held.district, held.community)
    assert str(caught.value) == (
        "日记 left something behind, so nothing was erased: diary.entry, diary.line."
    )
    assert held.rows(held.district) == before


def test_its_files_go_with_it(held: Any) -> None:
    at_community = attach(held, held.community, "甲.pdf", "乙.pdf")
    there = attach(held, held.neighbour, "丙.pdf")
    with held.district.entered():
        place = held.district.place(held.community)
        section = export_community(SYSTEM, plugin_host(), place, "diary")[-1]
    told = [(row["name"], row["size"], row["media_type"]) for row in section.rows]
    assert (section.key, told) == (
        "core.stored_file",
        [("甲.pdf", 16, "application/pdf"), ("乙.pdf", 16, "application/pdf")],
    )
    assert stored(held) == at_community | there

    assert erase(held.district, held.community) == ERASED | {"core.stored_file": 2}

    assert stored(held) == there


def test_a_file_that_is_still_referred_to_undoes_it(held: Any) -> None:
    community, neighbour = held.community, held.neighbour
    kept = attach(held, neighbour, "丁.pdf", at=community)
    with pytest.raises(HandlerFailed) as caught:
        erase(held.district, community)
    assert str(caught.value) == (
        "日记 left something behind, so nothing was erased: core.stored_file."
    )
    assert stored(held) == kept
    assert export(held.district, community)["diary.entry"] == 2


def attach(held: Any, code: str, *names: str, at: str = "") -> set[str]:
    """Keep files with the entries of a community, by default there."""
    with held.district.entered():
        place, diary = held.district.place(code).view, held.notebook
        query = select(diary.entry.id).filter_by(place_id=place.id).order_by(diary.entry.id)
        kept_at = held.district.place(at or code).view
        for entry, name in zip(db.session.execute(query).scalars().all(), names, strict=False):
            diary.attach(place, entry, name, kept_at)
    return set(names)


def stored(held: Any) -> set[str]:
    with held.district.entered():
        return set(db.session.execute(select(StoredFile.name)).scalars())


def test_who_may_not_and_what_there_is_not(held: Any) -> None:
    community = plugin_host_permissions(held, held.community)
    with pytest.raises(Forbidden):
        erase(held.district, held.community, actor=community)
    with pytest.raises(Invalid, match="Give a community"):
        erase(held.district, held.community[:9])
    with pytest.raises(NotFound):
        erase(held.district, held.community, "novel")


def plugin_host_permissions(held: Any, code: str) -> Actor:
    """An administrator of one community, who may not erase."""
    with held.district.entered():
        carried = plugin_host().catalogue.of_role("administrator")
    return Actor(None, "社区管理员", (Held(code, "administrator", carried),))
