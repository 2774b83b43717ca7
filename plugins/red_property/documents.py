"""A rating method as a document: what it must hold, and everything that is wrong with it at once.

Points stand in it as texts with at most two decimals, such as ``"7.5"``; a range as a pair of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from core.sdk import FormSchema, Invalid
from plugins.red_property.rules import Level, Section, hundredths
from plugins.red_property.texts import _

MOST_SECTIONS, MOST_LEVELS, MOST_ITEMS = 20, 20, 500
MOST_POINTS = Decimal(10_000)
MOST_MONTHS = 600
RESULT_ANNOUNCED = "evaluation.result_announced"
OFFERING_EVENTS = (RESULT_ANNOUNCED,)
"""Events of other applications at which items may be proposed: those that this one listens to."""
_KEY = validate.Regexp(r"[a-z0-9]+(_[a-z0-9]+)*\Z", error=_("Small letters, digits and single _."))
_CODE = validate.Regexp(r"[A-Za-z0-9]+([._-][A-Za-z0-9]+)*\Z", error=_("Letters, digits, . _ -"))
_PAIR = 2


def _some(most: int) -> validate.Length:
    return validate.Length(
        min=1, max=most, error=_("A method has 1 to %(most)s of them.", most=most)
    )


class Points(fields.Field[int]):
    """Points as a document writes them, loaded as whole hundredths."""

    def __init__(self, *, least: Decimal = Decimal(0), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._least = least

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, str) or len(value) > len("-10000.00"):
            raise ValidationError(str(_("Write points as a text, such as “7.5”.")))
        try:
            exactly = Decimal(value)
        except InvalidOperation:
            raise ValidationError(str(_("Enter a number."))) from None
        if not exactly.is_finite() or not self._least <= exactly <= MOST_POINTS:
            raise ValidationError(
                str(_("%(least)s to %(most)s points.", least=self._least, most=MOST_POINTS))
            )
        if exactly != round(exactly, 2):
            raise ValidationError(str(_("At most two decimals.")))
        return hundredths(exactly)


class Span(Points):
    """Points, or the pair of the least and the most of them; loaded as a pair."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            exactly = super()._deserialize(value, attr, data, **kwargs)
            return exactly, exactly
        if len(value) != _PAIR:
            raise ValidationError(str(_("A range has the least and the most.")))
        least, most = (super(Span, self)._deserialize(one, attr, data, **kwargs) for one in value)
        if most < least:
            raise ValidationError(str(_("A range begins with the least.")))
        return least, most


class SectionSchema(FormSchema):
    """A group of items, added or taken away, up to its cap."""

    key = fields.String(required=True, validate=[validate.Length(max=40), _KEY])
    title = fields.String(required=True, validate=validate.Length(min=1, max=80))
    sign = fields.Integer(required=True, strict=True, validate=validate.OneOf((1, -1)))
    cap = Points(load_default=None, allow_none=True, least=Decimal("0.01"))


class LevelSchema(FormSchema):
    """A level; ``from`` is its lowest score, and null means all below the one before."""

    key = fields.String(required=True, validate=[validate.Length(max=40), _KEY])
    title = fields.String(required=True, validate=validate.Length(min=1, max=40))
    from_score = Points(data_key="from", required=True, allow_none=True, least=-MOST_POINTS)
    by_score = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class OfferedSchema(FormSchema):
    """At which event of another application an item is proposed, and up to which rank."""

    event = fields.String(required=True, validate=validate.OneOf(OFFERING_EVENTS))
    to_rank = fields.Integer(required=True, strict=True, validate=validate.Range(min=1, max=1000))


class ItemSchema(FormSchema):
    """Something that gives or costs points, or vetoes."""

    code = fields.String(required=True, validate=[validate.Length(max=20), _CODE])
    section = fields.String(required=True)
    text = fields.String(required=True, validate=validate.Length(min=1, max=500))
    points = Span(required=True)
    veto = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    valid_months = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(min=1, max=MOST_MONTHS),
    )
    until_rectified = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    evidence = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    article = fields.String(load_default="", validate=validate.Length(max=200))
    example = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    offered = fields.Nested(OfferedSchema, load_default=None, allow_none=True)

    @validates_schema
    def check_term(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse a term for what stands until it is put right."""
        if data["until_rectified"] and data["valid_months"] is not None:
            raise ValidationError(
                {"valid_months": [str(_("It stands until rectified, so it has no term."))]}
            )


class MethodSchema(FormSchema):
    """A whole method."""

    key = fields.String(required=True, validate=[validate.Length(max=40), _KEY])
    title = fields.String(required=True, validate=validate.Length(min=1, max=120))
    source = fields.String(required=True, validate=validate.Length(min=1, max=1000))
    start = Points(required=True)
    sections = fields.List(
        fields.Nested(SectionSchema),
        required=True,
        validate=_some(MOST_SECTIONS),
    )
    levels = fields.List(
        fields.Nested(LevelSchema),
        required=True,
        validate=_some(MOST_LEVELS),
    )
    veto_level = fields.String(required=True)
    needs_section = fields.String(load_default=None, allow_none=True)
    valid_months = fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1, max=MOST_MONTHS)
    )
    items = fields.List(
        fields.Nested(ItemSchema),
        required=True,
        validate=_some(MOST_ITEMS),
    )

    @validates_schema(skip_on_field_errors=False)
    def check_together(self, data: dict[str, Any], **_kwargs: Any) -> None:
        """Refuse what contradicts another part of the document."""
        if not all(isinstance(data.get(part), list) for part in ("sections", "levels", "items")):
            return
        wrong = dict(_contradictions(data))
        if wrong:
            raise ValidationError(wrong)


def read(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a method document says, with points in hundredths.

    Raises:
        Invalid: with every mistake, by its path, such as ``items.3.points`` (counted from 0).
    """
    if not isinstance(document, Mapping):
        raise Invalid(_("A method is an object with names and values."), field="document")
    if not _is_storable(document):
        raise Invalid(_("It holds characters that are no text."), field="document")
    try:
        found: dict[str, Any] = MethodSchema().load(dict(document))
    except ValidationError as error:
        raise Invalid(fields=dict(_by_path(error.messages, ()))) from None
    return found


def sections_of(document: Mapping[str, Any]) -> tuple[Section, ...]:
    """Return the sections of a method document that was read before, in its order."""
    found = SectionSchema(many=True).load(document["sections"])
    return tuple(Section(one["key"], one["title"], one["sign"], one["cap"]) for one in found)


def levels_of(document: Mapping[str, Any]) -> tuple[Level, ...]:
    """Return the levels of a method document that was read before, best first."""
    found = LevelSchema(many=True).load(document["levels"])
    return tuple(
        Level(one["key"], one["title"], position, one["by_score"], one["from_score"])
        for position, one in enumerate(found, 1)
    )


def _is_storable(document: Any) -> bool:
    """Say whether all texts can be stored: PostgreSQL takes no NUL, UTF-8 no half of a pair."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and any(c == "\0" or "\ud800" <= c <= "\udfff" for c in value):
            return False
    return True


def _contradictions(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    sections = [section.get("key") for section in data["sections"]]
    levels = [level.get("key") for level in data["levels"]]
    if wrong := _repeated("key", sections):
        yield "sections", wrong
    if wrong := _merged(_repeated("key", levels), _steps(data["levels"])):
        yield "levels", wrong
    codes = [item.get("code") for item in data["items"]]
    if wrong := _merged(_repeated("code", codes), _strangers(data["items"], sections)):
        yield "items", wrong
    if data.get("veto_level") is not None and data["veto_level"] not in levels:
        yield "veto_level", [str(_("There is no such level."))]
    if data.get("needs_section") is not None and data["needs_section"] not in sections:
        yield "needs_section", [str(_("There is no such section."))]


def _merged(one: dict[int, Any], other: dict[int, Any]) -> dict[int, Any]:
    return {
        number: one.get(number, {}) | other.get(number, {}) for number in sorted({*one, *other})
    }


def _repeated(name: str, keys: Sequence[str | None]) -> dict[int, Any]:
    count = Counter(key for key in keys if key is not None)
    return {
        number: {name: [str(_("This is there twice."))]}
        for number, key in enumerate(keys)
        if key is not None and count[key] > 1
    }


def _strangers(
    items: Sequence[Mapping[str, Any]], sections: Sequence[str | None]
) -> dict[int, Any]:
    return {
        number: {"section": [str(_("There is no such section."))]}
        for number, item in enumerate(items)
        if "section" in item and item["section"] not in sections
    }


def _steps(levels: Sequence[Mapping[str, Any]]) -> dict[int, Any]:
    """What is wrong with the thresholds: they fall, and the last level takes all that is lower."""
    if not all({"from_score", "by_score"} <= level.keys() for level in levels):
        return {}
    wrong: dict[int, Any] = {}
    above: int | None = None
    scored = [number for number, level in enumerate(levels) if level["by_score"]]
    for number, level in enumerate(levels):
        lowest = level["from_score"]
        if not level["by_score"]:
            if lowest is not None:
                wrong[number] = _of_from(_("Only a veto leads here, so no score does."))
        elif lowest is None:
            if number != scored[-1]:
                wrong[number] = _of_from(_("Only the last level takes all that is lower."))
        else:
            if above is not None and lowest >= above:
                wrong[number] = _of_from(_("It must be lower than that of the level before."))
            elif number == scored[-1]:
                wrong[number] = _of_from(_("The last level takes all that is lower: use null."))
            above = lowest
    if not scored:
        wrong[0] = {"by_score": [str(_("Some level must be reached by score."))]}
    return wrong


def _of_from(message: Any) -> dict[str, list[str]]:
    return {"from": [str(message)]}


def _by_path(messages: Any, path: tuple[str, ...]) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            inner_path = path if key == "_schema" else (*path, str(key))
            yield from _by_path(inner, inner_path)
    else:
        yield ".".join(path) or "document", list(messages)
