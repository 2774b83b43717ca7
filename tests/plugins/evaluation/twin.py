"""The rules of computing once more, in plain Python, to hold the SQL against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

Rounds = Sequence[Sequence[int]]
"""The entries of each round; a round without any is there and empty."""


@dataclass(frozen=True)
class Rule:
    """A criterion."""

    kind: str
    weight: int
    full: int
    direction: str = "more"
    tie_order: int | None = None


@dataclass(frozen=True)
class Result:
    """A contestant's points by criterion, what they sum to, and whether it is barred."""

    points: tuple[int, ...]
    score: int
    vetoed: bool
    rank: int


def results(rules: Sequence[Rule], entries: Mapping[str, Sequence[Rounds]]) -> dict[str, Result]:
    """Return everybody's result from the entries for each rule in each round."""
    points = {
        who: tuple(given(rule, each) for rule, each in zip(rules, lists, strict=True))
        for who, lists in entries.items()
    }
    barred = {
        who: any(
            rule.kind == "veto" and sum(map(sum, each))
            for rule, each in zip(rules, lists, strict=True)
        )
        for who, lists in entries.items()
    }
    order = sorted(
        (number for number, rule in enumerate(rules) if rule.tie_order is not None),
        key=lambda number: rules[number].tie_order or 0,
    )
    keys = {
        who: (barred[who], -sum(each), [-each[number] for number in order])
        for who, each in points.items()
    }
    return {
        who: Result(
            each, sum(each), barred[who], 1 + sum(other < keys[who] for other in keys.values())
        )
        for who, each in points.items()
    }


def given(rule: Rule, rounds: Rounds) -> int:
    """Return what one rule gives for the entries of these rounds."""
    if rule.kind == "veto":
        return 0
    entered = [each for each in rounds if each]
    if rule.kind == "score":
        marks = [half_up(Fraction(sum(each), len(each))) for each in entered]
        share = Fraction(sum(marks), len(rounds) * rule.full)
    else:
        share = Fraction(min(sum(map(sum, entered)), rule.full), rule.full)
        if rule.direction == "fewer":
            share = (1 - share) * Fraction(len(entered), len(rounds))
    return half_up(rule.weight * share)


def half_up(number: Fraction) -> int:
    """Round to the nearest whole number, halves up."""
    return floor(number + Fraction(1, 2))
