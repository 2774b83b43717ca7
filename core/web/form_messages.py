"""What a refused field says: marshmallow's checks in the user's words."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

NOT_LISTED = _("Choose one of the list.")

OBJECT = _("Send an object with names and values.")
_NUMBER = _("Enter a number.")
_DATE_TIME = _("Enter a date and time.")
_TEXT = _("Enter text.")

_BY_TYPE: tuple[tuple[type[fields.Field[Any]], dict[str, Any]], ...] = (
    (fields.String, {"invalid": _TEXT, "invalid_utf8": _TEXT}),
    (fields.UUID, {"invalid_uuid": NOT_LISTED}),
    (
        fields.Number,
        {"invalid": _NUMBER, "special": _NUMBER, "too_large": _("The number is too large.")},
    ),
    (fields.Integer, {"invalid": _("Enter a whole number.")}),
    (fields.Boolean, {"invalid": _("Choose yes or no.")}),
    (fields.DateTime, {"invalid": _DATE_TIME, "invalid_awareness": _DATE_TIME}),
    (fields.Date, {"invalid": _("Enter a date.")}),
    (fields.Time, {"invalid": _("Enter a time of day, such as 08:30.")}),
    (fields.List, {"invalid": _("Enter a list.")}),
    (fields.Dict, {"invalid": OBJECT}),
    (fields.Enum, {"unknown": NOT_LISTED}),
)


def give_messages(field: fields.Field[Any]) -> None:
    """Replace marshmallow's own English on ``field``; what its author wrote is kept."""
    said: dict[str, Any] = {"validator_failed": _("Check this entry.")}
    for kind, messages in _BY_TYPE:
        if isinstance(field, kind):
            said.update(messages)
    said["required"] = said["null"] = _needed(field)
    defaults = _class_messages(type(field))
    field.error_messages = {
        key: said.get(key, message) if message is defaults.get(key) else message
        for key, message in field.error_messages.items()
    }
    field.validators = [_spoken(rule) for rule in field.validators]


def texts(messages: Any) -> list[str]:
    """The messages of one field as a flat list of plain strings."""
    if isinstance(messages, Mapping):
        return [text for inner in messages.values() for text in texts(inner)]
    return [str(message) for message in messages] if isinstance(messages, list) else [str(messages)]


def plain(messages: Any) -> Any:
    """A schema's messages with lazy strings made plain, in marshmallow's shape."""
    if isinstance(messages, Mapping):
        return {key: plain(inner) for key, inner in messages.items()}
    return texts(messages)


def _needed(field: fields.Field[Any]) -> Any:
    if field.metadata.get("widget") == "file":
        return _("Choose a file.")
    chosen = isinstance(field, fields.Enum) or any(
        isinstance(rule, validate.OneOf) for rule in field.validators
    )
    if chosen or field.metadata.get("widget") == "select" or "options" in field.metadata:
        return _("Choose one.")
    return _("Please fill this in.")


def _class_messages(kind: type[fields.Field[Any]]) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        messages.update(getattr(base, "default_error_messages", {}))
    return messages


def _spoken(rule: Any) -> Any:
    if getattr(rule, "error", None) not in (None, getattr(rule, "default_message", None)):
        return rule
    message = _message(rule)
    if message is None:
        return rule
    spoken = copy.copy(rule)
    spoken.error = message
    return spoken


def _message(rule: Any) -> Any:
    if isinstance(rule, validate.Length):
        return _length(rule)
    if isinstance(rule, validate.Range):
        return _range(rule)
    if isinstance(rule, validate.OneOf):
        return NOT_LISTED
    if isinstance(rule, validate.Email):
        return _("Enter an e-mail address, such as name@example.org.")
    if isinstance(rule, validate.URL):
        return _("Enter a web address, such as https://example.org.")
    if isinstance(rule, validate.Regexp):
        return _("This is not in the expected form.")
    return None


def _length(rule: validate.Length) -> Any:
    if rule.equal is not None:
        return _("Exactly %(count)s characters.", count=rule.equal)
    if rule.min is not None and rule.max is not None:
        return _("%(min)s to %(max)s characters.", min=rule.min, max=rule.max)
    if rule.min is not None:
        return _("At least %(count)s characters.", count=rule.min)
    return _("At most %(count)s characters.", count=rule.max)


def _range(rule: validate.Range) -> Any:
    if rule.min is not None and rule.max is not None:
        return _("Between %(min)s and %(max)s.", min=rule.min, max=rule.max)
    if rule.min is not None:
        if rule.min_inclusive:
            return _("%(bound)s or more.", bound=rule.min)
        return _("More than %(bound)s.", bound=rule.min)
    if rule.max_inclusive:
        return _("%(bound)s or less.", bound=rule.max)
    return _("Less than %(bound)s.", bound=rule.max)
