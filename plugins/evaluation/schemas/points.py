"""Points in forms: typed with up to two decimals, kept in hundredths."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from core.sdk import FormSchema
from plugins.evaluation.texts import _

HUNDRED = Decimal(100)


def _two_decimals(value: Decimal) -> None:
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -2:
        raise ValidationError(str(_("At most two decimals.")))


class Points(fields.Decimal):
    """Points in hundredths, written as a decimal number with at most two decimals."""

    def __init__(self, *, least: Decimal, most: Decimal, **more: Any) -> None:
        rules: list[Callable[[Any], Any]] = [validate.Range(min=least, max=most), _two_decimals]
        super().__init__(validate=rules, **more)

    def _serialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        return None if value is None else Decimal(value) / HUNDRED


class PointsSchema(FormSchema):
    """A schema that hands out its points as whole hundredths."""

    @post_load
    def in_hundredths(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        """Turn every checked decimal into hundredths."""
        for name, field in self.load_fields.items():
            if isinstance(field, Points) and data.get(name) is not None:
                data[name] = int(data[name] * HUNDRED)
        return data
