"""Forms of criteria, one for each kind."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from core.sdk import FormSchema
from plugins.evaluation.schemas.points import HUNDRED, Points, PointsSchema
from plugins.evaluation.texts import _

LARGEST_COUNT = 1_000_000_000
DIRECTIONS: dict[str, Any] = {
    "more": _("The more, the better"),
    "fewer": _("The fewer, the better"),
}


class _CriterionForm(PointsSchema):
    """What every criterion says."""

    title = fields.String(
        required=True, validate=validate.Length(max=60), metadata={"label": _("Criterion")}
    )
    description = fields.String(
        load_default="",
        validate=validate.Length(max=500),
        metadata={
            "label": _("What is looked at"),
            "help": _("Shown to those who score, and with the result."),
            "widget": "textarea",
        },
    )


def _weight() -> Points:
    return Points(
        required=True,
        least=Decimal("0.01"),
        most=HUNDRED,
        metadata={
            "label": _("Weight"),
            "unit": _("points"),
            "help": _("The weights of all criteria sum to 100."),
        },
    )


def _scorers() -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(max=40),
        metadata={
            "label": _("Who enters it"),
            "help": _("A role such as “inspection”; people are appointed for it in each season."),
        },
    )


def _direction() -> fields.String:
    return fields.String(
        required=True,
        metadata={
            "label": _("What is better"),
            "widget": "select",
            "options": tuple(DIRECTIONS.items()),
        },
    )


def _tie_order() -> fields.Integer:
    return fields.Integer(
        strict=False,
        load_default=None,
        allow_none=True,
        validate=validate.Range(min=1, max=20),
        metadata={
            "label": _("Order among the criteria that break ties"),
            "help": _("1 decides first between equal scores; empty decides nothing."),
        },
    )


class ScoreCriterionForm(_CriterionForm):
    """A criterion that is scored by marks."""

    full = Points(
        required=True,
        least=Decimal("0.01"),
        most=Decimal(10_000),
        metadata={"label": _("Highest mark"), "unit": _("points")},
    )
    weight = _weight()
    scorers = _scorers()
    tie_order = _tie_order()


class CountCriterionForm(_CriterionForm):
    """A criterion of which things are counted."""

    direction = _direction()
    full = fields.Integer(
        required=True,
        strict=False,
        validate=validate.Range(min=1, max=LARGEST_COUNT),
        metadata={
            "label": _("Number that decides"),
            "help": _(
                "So many earn the whole weight; where fewer are better, so many earn nothing."
            ),
        },
    )
    weight = _weight()
    scorers = _scorers()
    tie_order = _tie_order()


class IndicatorCriterionForm(_CriterionForm):
    """A criterion that takes its figure from an indicator of any application."""

    indicator = fields.String(
        required=True,
        metadata={
            "label": _("Indicator"),
            "widget": "select",
            "help": _("Summed over the season, as the application measures it."),
        },
    )
    direction = _direction()
    full = fields.Decimal(
        required=True,
        validate=[validate.Range(min=Decimal("0.01"), max=Decimal(LARGEST_COUNT))],
        metadata={
            "label": _("Number that decides"),
            "help": _(
                "In the indicator's unit. So many earn the whole weight; where fewer are better,"
                " so many earn nothing."
            ),
        },
    )
    weight = _weight()
    tie_order = _tie_order()


class VetoCriterionForm(_CriterionForm):
    """A criterion of which one entry bars a contestant."""

    scorers = _scorers()


CRITERION_FORMS: dict[str, type[FormSchema]] = {
    "score": ScoreCriterionForm,
    "count": CountCriterionForm,
    "indicator": IndicatorCriterionForm,
    "veto": VetoCriterionForm,
}
