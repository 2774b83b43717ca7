"""Setting, inheriting and locking, as core and the API ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select, text

from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.plugin_host.host import plugin_host
from core.plugin_host.settings import service, settings_of
from core.testing import statements, world
from core.testing.world import SYSTEM

DEFAULTS = {
    "step": 15,
    "low": 1,
    "high": 8,
    "share": Decimal("0.5"),
    "open": False,
    "opens": time(8, 30),
    "until": None,
    "days": [],
    "numbers": [3],
    "note": "",
}
EVERY: dict[str, Any] = {
    "step": 60,
    "low": -2,
    "high": 24,
    "share": "1.25",
    "open": True,
    "opens": "22:15:00",
    "until": "2027-01-31",
    "days": ["tue", "mon"],
    "numbers": [1, 1, 2],
    "note": "先到先得",
}


def test_without_a_word_the_defaults_hold(tuned: Any) -> None:
    assert [tuned.of(code) for code in tuned.codes] == [DEFAULTS] * 3
    found = tuned.state(tuned.codes[2])
    assert (found.own, found.locked, found.version) == ({}, frozenset(), "0.0.0")
    assert {item.source for item in found.items.values()} == {None}


def test_what_is_set_holds_below_and_is_kept_as_json(tuned: Any) -> None:
    _district, street, community = tuned.codes
    tuned.change(street, EVERY)

    assert tuned.of(tuned.codes[0]) == DEFAULTS
    expected = EVERY | {
        "share": Decimal("1.25"),
        "opens": time(22, 15),
        "until": date(2027, 1, 31),
    }
    assert tuned.of(community) == tuned.of(street) == expected
    found = tuned.state(community)
    assert (found.own, found.json, found.version) == ({}, EVERY, "0.1.0")
    assert {item.source.code for item in found.items.values()} == {street}
    assert tuned.state(street).own == EVERY
    assert tuned.change(street, tuned.state(street).own).version == "0.1"


def test_a_key_left_out_is_inherited_again(tuned: Any) -> None:
    district, _street, community = tuned.codes
    tuned.change(district, {"high": 4})
    tuned.change(community, {"high": 6, "note": "本社区"})
    assert tuned.of(community) == DEFAULTS | {"high": 6, "note": "本社区"}

    tuned.change(community, {"note": "本社区"})

    assert tuned.of(community) == DEFAULTS | {"high": 4, "note": "本社区"}


def test_a_lock_holds_what_is_in_force_and_lifting_it_brings_the_rest_back(tuned: Any) -> None:
    district, street, community = tuned.codes
    tuned.change(community, {"high": 6, "low": 2})
    tuned.change(street, {"high": 5})
    tuned.change(district, {}, locked=["low"])
    tuned.change(street, {"high": 5}, locked=["high"])

    assert tuned.of(community) == DEFAULTS | {"high": 5, "low": 1}
    found = tuned.state(community)
    high, low = found.items["high"], found.items["low"]
    assert (high.locked_by.code, high.source.code, high.set_here) == (street, street, False)
    assert (low.locked_by.code, low.source) == (district, None)
    assert found.own == {"high": 6, "low": 2}
    assert tuned.change(community, {}).own == found.own

    tuned.change(district, {}, locked=[])
    tuned.change(street, {"high": 5}, locked=[])
    assert tuned.of(community) == DEFAULTS | {"high": 6, "low": 2}


def test_what_is_locked_further_up_cannot_be_set(tuned: Any) -> None:
    district, street, community = tuned.codes
    tuned.change(community, {"high": 6})
    tuned.change(district, {}, locked=["high", "low"])

    for values in ({"high": 7}, {"high": None}, {"high": 6, "low": 0}):
        with pytest.raises(Conflict) as refused:
            tuned.change(community, values)
        assert refused.value.field == ("low" if "low" in values else "high")
        assert str(refused.value) == f"{tuned.name(district)} has locked this setting."
    with pytest.raises(Conflict):
        tuned.change(street, {}, locked=["low"])
    assert tuned.state(community).own == {"high": 6}
    assert tuned.change(community, {"high": 6, "note": "x"}).own == {"high": 6, "note": "x"}


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (
            {"hihg": 3, "step": 15, "": 1},
            {"hihg": "This field is not known.", "": "This field is not known."},
        ),
        (
            {"high": "3", "low": True, "open": 1, "share": True, "days": "mon", "note": 5},
            {
                "high": "Enter a whole number.",
                "low": "Enter a whole number.",
                "open": "Choose yes or no.",
                "share": "Enter a number.",
                "days": "Enter a list.",
                "note": "Enter text.",
            },
        ),
        ({"high": 3.0}, {"high": "Enter a whole number."}),
        ({"high": None}, {"high": "Please fill this in."}),
        (
            {"high": 25, "step": 20},
            {"high": "Between 1 and 24.", "step": "Choose one of the list."},
        ),
        ({"share": float("nan")}, {"share": "Enter a number."}),
        ({"low": 2**63}, {"low": "Enter a whole number."}),
        ({"numbers": [1, "2"]}, {"numbers": "Enter a whole number."}),
        (
            {"numbers": [1, True], "high": 25},
            {"numbers": "Enter a whole number.", "high": "Between 1 and 24."},
        ),
        (
            {"until": 5, "opens": 5},
            {"until": "Enter a date.", "opens": "Enter a time of day, such as 08:30."},
        ),
        ({"days": ["mon", "sun"]}, {"days": "Choose one of the list."}),
        ({"opens": "soon"}, {"opens": "Enter a time of day, such as 08:30."}),
        ({"note": "a\0b"}, {"note": "Enter text."}),
        ({"note": "a\ud800b"}, {"note": "Enter text."}),
        ({"note": "长" * 41}, {"note": "At most 40 characters."}),
        ({"note": {"a": 1}}, {"note": "Enter text."}),
        ({"low": 9}, {"low": "下限高于上限。"}),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_kept(
    tuned: Any, values: dict[str, Any], fields: dict[str, str]
) -> None:
    community = tuned.codes[2]

    with pytest.raises(Invalid) as refused:
        tuned.change(community, {"until": "2027-01-31"} | values)

    assert refused.value.fields == {key: [message] for key, message in fields.items()}
    assert tuned.state(community).version == "0.0.0"


def test_rules_over_several_keys_judge_what_would_be_in_force(tuned: Any) -> None:
    district, _street, community = tuned.codes
    tuned.change(district, {"high": 4})

    with pytest.raises(Invalid) as refused:
        tuned.change(community, {"low": 5})
    assert refused.value.fields == {"low": ["下限高于上限。"]}

    tuned.change(community, {"low": 5, "high": 6})
    tuned.change(community, {"low": 3})
    tuned.change(district, {"high": 2})
    assert tuned.of(community) == DEFAULTS | {"high": 2}
    found = tuned.state(community)
    assert (found.items["low"].unfit, found.own) == (True, {})


def test_locks_are_checked_too(tuned: Any) -> None:
    _district, street, community = tuned.codes

    with pytest.raises(Invalid) as refused:
        tuned.change(street, {}, locked=["high", "nothing"])
    assert refused.value.fields == {"nothing": ["This field is not known."]}
    with pytest.raises(Invalid) as refused:
        tuned.change(community, {}, locked=["high"])
    assert refused.value.fields == {
        "high": ["There is no place below this one that could change it."]
    }


def test_very_long_settings_are_refused(tuned: Any) -> None:
    with pytest.raises(Invalid) as refused:
        tuned.change(tuned.codes[2], {"numbers": list(range(5000))})
    assert refused.value.field == "settings"


def test_a_change_based_on_an_old_state_is_refused(tuned: Any) -> None:
    district, _street, community = tuned.codes
    seen = tuned.state(community).version
    tuned.change(district, {"high": 4})

    with pytest.raises(Conflict, match=r"^Somebody changed these settings"):
        tuned.change(community, {"high": 3}, expected=seen)

    assert tuned.change(community, {"high": 3}, expected="1.0.0").version == "1.0.1"
    assert tuned.change(community, {}, expected="1.0.1").version == "1.0.2"


def test_two_changes_at_once_wait_for_each_other(tuned: Any) -> None:
    community = tuned.codes[2]

    def attempt(high: int) -> str:
        try:
            return tuned.change(community, {"high": high}, expected="0.0.0").version
        except Conflict:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(attempt, [2, 3, 4, 5]))

    assert answers == ["0.0.1", "refused", "refused", "refused"]


def test_changes_at_all_levels_at_once_do_not_stop_each_other(tuned: Any) -> None:
    wanted = [(code, high) for high in range(2, 8) for code in tuned.codes]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda pair: tuned.change(pair[0], {"high": pair[1]}), wanted))

    assert tuned.state(tuned.codes[2]).version == "6.6.6"


def test_districts_and_communities_keep_apart(tuned: Any, unused_codes: Iterator[str]) -> None:
    community = tuned.codes[2]
    neighbour = tuned.district.neighbour(community)
    other = type(tuned)(world.onboard(tuned.district.app, next(unused_codes)))

    tuned.change(community, {"high": 2})
    tuned.change(neighbour, {"high": 3})
    other.change(other.codes[0], {"high": 4, "note": "别区"}, locked=["high"])

    assert [tuned.of(code)["high"] for code in (*tuned.codes, neighbour)] == [8, 8, 2, 3]
    assert [other.of(code)["high"] for code in other.codes] == [4, 4, 4]
    assert {item.locked_by for item in tuned.state(community).items.values()} == {None}
    assert tuned.of(community)["note"] == ""


def test_who_may_not_and_what_cannot_be_set(tuned: Any) -> None:
    community = tuned.codes[2]
    with tuned.district.entered():
        place = tuned.district.place(community).view
        with pytest.raises(NotFound) as unknown:
            service.change(SYSTEM, plugin_host(), place, "nothing", {})
        assert unknown.value.field == "plugin"
        with pytest.raises(NotFound):
            settings_of("nothing", place)
        nobody = SYSTEM.__class__(None, "nobody")
        with pytest.raises(Forbidden) as forbidden:
            service.change(nobody, plugin_host(), place, "tune", {})
        assert forbidden.value.permission == "core.plugin.configure"
    tuned.district.allow("tune", "forbidden")
    with pytest.raises(Conflict) as refused:
        tuned.change(community, {"high": 3})
    assert refused.value.field == "plugin"


def test_a_change_is_recorded_before_and_after(tuned: Any) -> None:
    district, street, _community = tuned.codes
    tuned.change(street, {"high": 3})
    tuned.change(district, {}, locked=["high"])
    with pytest.raises(Conflict):
        tuned.change(street, {"high": 4})

    with tuned.district.entered():
        rows = db.session.execute(
            select(
                AuditEntry.place_code, AuditEntry.outcome, AuditPayload.before, AuditPayload.after
            )
            .join(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
            .where(AuditEntry.action == "core.plugin.configure", AuditEntry.object_id == "tune")
            .order_by(AuditEntry.id)
        ).all()
    nothing = {"settings": {}, "locked": []}
    assert [tuple(row) for row in rows] == [
        (street, "done", nothing, {"settings": {"high": 3}, "locked": []}),
        (district, "done", nothing, {"settings": {}, "locked": ["high"]}),
    ]


def test_another_process_sees_a_change_in_its_next_transaction(
    tuned: Any, again: Callable[[Any], Any]
) -> None:
    other, community = again(tuned), tuned.codes[2]
    assert other.of(community) == DEFAULTS

    tuned.change(tuned.codes[0], {"high": 4})

    assert other.of(community) == DEFAULTS | {"high": 4}


def test_one_statement_reads_them_all(tuned: Any) -> None:
    with tuned.district.entered():
        place = tuned.district.place(tuned.codes[2]).view
        with statements.recorded(db.engine) as seen:
            settings_of("tune", place)
    assert len(seen) == 1


def test_what_a_newer_version_no_longer_accepts_is_not_used(tuned: Any) -> None:
    district, _street, community = tuned.codes
    tuned.change(district, {"high": 4})
    tuned.change(community, {"high": 5, "note": "留"})
    with tuned.district.entered():
        db.session.connection().execute(
            text(
                "UPDATE plugin_setting SET chosen = :stored"
                " WHERE plugin_setting.tenant_id = :tenant AND version = 1 AND chosen ? 'note'"
            ),
            {
                "tenant": tuned.district.tenant,
                "stored": '{"high": "lots", "gone": 1, "note": "留"}',
            },
        )

    assert tuned.of(community) == DEFAULTS | {"high": 4, "note": "留"}
    found = tuned.state(community)
    assert (found.items["high"].unfit, found.items["high"].source.code) == (True, district)
    assert found.own == {"note": "留"}
    assert tuned.change(community, found.own).own == {"note": "留"}


def test_a_rule_over_several_settings_defeats_no_lock(tuned: Any) -> None:
    district, _street, community = tuned.codes
    tuned.change(community, {"high": 3, "note": "留"})
    tuned.change(district, {"low": 5}, locked=["low"])

    assert tuned.of(community) == DEFAULTS | {"low": 5}
    found = tuned.state(community)
    assert found.items["low"].locked_by.code == district
    assert (found.items["high"].unfit, found.own) == (True, {})
    with pytest.raises(Invalid) as refused:
        tuned.change(community, {"high": 3})
    assert refused.value.fields == {"low": ["下限高于上限。"]}
    tuned.change(district, {"low": 5}, locked=[])
    assert tuned.of(community) == DEFAULTS | {"high": 3, "note": "留"}
