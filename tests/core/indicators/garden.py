"""A plugin of somebody else, with measures that tests can foretell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, literal, select

from core.sdk import Indicator, Manifest, Period, Place, hookimpl


def length_of_name(period: Period) -> Any:
    """As many as the place's official name has characters; none where it is marked."""
    return select(
        Place.id.label("place_id"), func.char_length(Place.official_name).label("value")
    ).where(Place.official_name.not_like("%无%"))


def months(period: Period) -> Any:
    """The same everywhere: a number that tells the period."""
    number = int(period.key.replace("-", "")) if period.kind == "month" else 4
    return select(Place.id.label("place_id"), literal(number).label("value"))


class Garden:
    manifest = Manifest(
        id="garden", name="花园", summary="花园", levels=("community", "street", "district")
    )

    @hookimpl
    def linli_indicators(self) -> Sequence[Indicator]:
        return [
            Indicator("garden.beds", "花坛", "个", "month", length_of_name, divisor=10),
            Indicator("garden.month", "月份", "月", "month", months, rewards_volume=False),
            Indicator("garden.streets", "街道", "条", "quarter", months, level="street"),
        ]


class Pond:
    """Needs the garden."""

    manifest = Manifest(id="pond", name="池塘", summary="池塘", requires=("garden",))

    @hookimpl
    def linli_indicators(self) -> Sequence[Indicator]:
        return [Indicator("pond.fish", "鱼", "条", "month", months)]


class Weeds:
    """Measures that fail, one in each way, and a good one behind them."""

    manifest = Manifest(id="weeds", name="杂草", summary="杂草")

    @hookimpl
    def linli_indicators(self) -> Sequence[Indicator]:
        def every(value: Any) -> Any:
            return select(Place.id.label("place_id"), value.label("value"))

        return [
            Indicator(f"weeds.{name}", name, "根", "year", compute)
            for name, compute in {
                "raises": lambda period: 1 / 0,
                "no_select": lambda period: "SELECT 1",
                "other_columns": lambda period: select(Place.id),
                "bad_sql": lambda period: every(1 / (func.char_length(Place.code) - 12)),
                "slow": lambda period: every(func.length(func.pg_sleep(9).concat(""))),
                "twice": lambda period: every(func.generate_series(1, 2)),
                "good": lambda period: every(literal(7)),
            }.items()
        ]


garden, pond, weeds = Garden(), Pond(), Weeds()
