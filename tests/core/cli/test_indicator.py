"""``linli indicator``: what is measured, measuring now, and the values."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from core.clock import now
from core.indicators.periods import before, period_at
from core.testing.world import District

HOURS = {
    "indicator": "volunteer.hours",
    "name": "Confirmed volunteer hours",
    "unit": "h",
    "level": "community",
    "period": "month",
    "rewards_volume": True,
    "source": f"volunteer {version('linli')}",
}


def test_it_is_listed_measured_and_shown(linli: Any, district: District, community: str) -> None:
    district.enable("volunteer", community)
    street = [c for c in district.communities if c[:9] == community[:9]]
    present = period_at("month", now())
    show = ("indicator", "show", community[:9], "volunteer.hours", "--json")

    listed, measured, shown, past = linli.all(
        ("indicator", "list", "--json"),
        ("indicator", "refresh", district.code, "--json"),
        show,
        (*show, "--period", before(before(present)).key),
    )

    assert listed.json == [HOURS]
    assert measured.json[-1] == {
        "indicator": "volunteer.hours",
        "period": present.key,
        "places": 1,
        "failure": "",
    }
    found = {row["place"]: (row["value"], row["state"]) for row in shown.json}
    assert found == dict.fromkeys(street, (None, "missing")) | {community: (0, "counted")}
    assert {row["state"] for row in past.json} == {"missing", "waiting"}


def test_refusals_are_one_line(linli: Any, district: District) -> None:
    show = ("indicator", "show", district.code)
    linli.refused(
        {
            (*show, "volunteer.joy"): (
                "indicator: There is no indicator of that name: volunteer.joy"
            ),
            (*show, "volunteer.hours", "--period", "2026-13"): "period: 2026-13 is not a month.",
            ("indicator", "refresh", "999999"): (
                "code: No district with the code 999999 is on board."
            ),
        }
    )
