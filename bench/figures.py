"""Figures and rows: medians of interleaved rounds, a goal, and whether it holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal, Self, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Figure:
    """The median of several rounds, with the lowest and the highest."""

    median: float
    min: float
    max: float
    unit: str = ""

    @classmethod
    def of(cls, values: Sequence[float], unit: str = "") -> Self:
        return cls(median(values), min(values), max(values), unit)


@dataclass(frozen=True)
class Goal:
    """A bound for the median of the ratio, or of what was measured."""

    of: Literal["measured", "ratio"]
    sign: Literal["≥", "≤"]
    bound: float

    def __str__(self) -> str:
        return f"{self.of} {self.sign} {self.bound:g}"

    def holds(self, figure: Figure) -> bool:
        if self.sign == "≥":
            return figure.median >= self.bound
        return figure.median <= self.bound


@dataclass(frozen=True)
class Row:
    """One line of the report. Without a goal it is there for information."""

    name: str
    measured: Figure
    yardstick: Figure | None = None
    ratio: Figure | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        if self.goal is None:
            return None
        figure = self.measured if self.goal.of == "measured" else self.ratio
        return figure is not None and self.goal.holds(figure)


def interleave(subjects: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, list[T]]:
    """Measure every subject once a round, in an order that turns around after each round."""
    found: dict[str, list[T]] = {name: [] for name in subjects}
    for number in range(rounds):
        for name in list(subjects)[:: -1 if number % 2 else 1]:
            found[name].append(subjects[name]())
    return found


def ratios(upper: Sequence[float], lower: Sequence[float]) -> Figure:
    """Compare round by round, so that what slows a whole round down cancels out."""
    return Figure.of([a / b for a, b in zip(upper, lower, strict=True)])
