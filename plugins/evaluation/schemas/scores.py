"""Forms in which scores are entered and corrected, made from what is judged."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from marshmallow import fields, validate

from core.sdk import FormSchema
from plugins.evaluation.models import Criterion
from plugins.evaluation.schemas.criteria import LARGEST_COUNT
from plugins.evaluation.schemas.points import HUNDRED, Points, PointsSchema
from plugins.evaluation.texts import _


def score_field(
    criterion: Criterion, label: Any = "", *, required: bool = False
) -> fields.Field[Any]:
    """Return the field in which one criterion is scored; empty means not scored.

    Args:
        label: what it is called; by default as the criterion.
        required: it cannot be empty.
    """
    empty: dict[str, Any] = (
        {"required": True} if required else {"allow_none": True, "load_default": None}
    )
    about = {"label": label or criterion.title, "help": criterion.description}
    if criterion.kind == "score":
        most = criterion.full / HUNDRED
        unit = _("of %(full)s", full=f"{most:f}")
        return Points(
            least=Decimal(0),
            most=most,
            **empty,
            metadata=about | {"unit": unit},
        )
    if criterion.kind == "veto":
        options = (("0", _("No")), ("1", _("Yes, it happened")))
        return fields.Integer(
            strict=False,
            validate=validate.OneOf((0, 1)),
            **empty,
            metadata=about | {"options": options, "placeholder": _("Not entered")},
        )
    return fields.Integer(
        strict=False,
        validate=validate.Range(min=0, max=LARGEST_COUNT),
        **empty,
        metadata=about,
    )


def remark_field() -> fields.String:
    """Return the field for a remark beside a score."""
    return fields.String(
        load_default="",
        validate=validate.Length(max=300),
        metadata={"label": _("Remark"), "help": _("Shown with the result: write no names.")},
    )


def score_form(shown: Mapping[str, fields.Field[Any]]) -> type[FormSchema]:
    """Return a form of scores with these fields."""
    made: Any = PointsSchema.from_dict(dict(shown), name="ScoreForm")
    return made  # type: ignore[no-any-return]


def reason_field() -> fields.String:
    """Return the field for why a score is corrected."""
    return fields.String(
        required=True,
        validate=validate.Length(max=300),
        metadata={"label": _("Reason"), "help": _("Shown with the entry: write no names.")},
    )
