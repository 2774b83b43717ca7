"""What a program sent, checked as strictly as the document says: types, names, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from flask import request
from flask_babel import lazy_gettext as _
from marshmallow import RAISE, Schema, ValidationError, fields, validate

from core.api.errors import Malformed, NotJson
from core.errors import Invalid
from core.paging import Paging
from core.web.form_messages import OBJECT, give_messages, texts
from core.web.forms import FormSchema
from core.web.listing import FURTHEST_PAGE

USUAL_SIZE = 50
LARGEST_SIZE = 200
DEEPEST = 32
"""How many objects and lists may stand in each other, the body itself counted."""
WHOLE = "_schema"
"""Name under which errors of no single field are told."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_OUR_YEARS = re.compile("(19|20|21)[0-9]{2}-")
"""What dates and times begin with: the years 1900 to 2199, as in forms."""
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_BOOLEANS = {"true": True, "false": False}
_ONCE = _("Give this only once.")
_NOT_KNOWN = _("This field is not known.")


class PageQuery(Schema):
    """Which page of a list is wanted."""

    page = fields.Integer(
        load_default=1,
        validate=validate.Range(min=1, max=FURTHEST_PAGE),
        metadata={"label": _("Page, counted from 1")},
    )
    size = fields.Integer(
        load_default=USUAL_SIZE,
        validate=validate.Range(min=1, max=LARGEST_SIZE),
        metadata={"label": _("Rows of one page")},
    )


def body(kind: type[Schema]) -> dict[str, Any]:
    """Return the JSON object that was sent, loaded by the schema ``kind``.

    Raises:
        NotJson: another content type, or JSON that is no object.
        Malformed: not JSON, a name twice, NaN, a number out of all bounds, or nested too deeply.
        Invalid: it does not fit the schema (``fields`` names where).
    """
    if request.mimetype != "application/json":
        raise NotJson()
    sent = _parsed(request.get_data())
    if not isinstance(sent, dict):
        raise NotJson()
    return _loaded(kind, sent)


def query(kind: type[Schema] | None, *, is_paged: bool) -> tuple[dict[str, Any], Paging]:
    """Return what stands behind the ``?``, loaded by the schema ``kind``, and the wanted page.

    Raises:
        Invalid: it does not fit the schema, or there is more than it knows.
    """
    kinds = [k for k in (kind, PageQuery if is_paged else None) if k is not None]
    known = [(k, name) for k in kinds for name in prepared(k).load_fields]
    wire = {(prepared(k).load_fields[name].data_key or name): k for k, name in known}
    errors: dict[str, list[Any]] = {name: [_NOT_KNOWN] for name in request.args if name not in wire}
    found: dict[type[Schema], dict[str, Any]] = {}
    for one in kinds:
        try:
            sent = _from_query({name for name, owner in wire.items() if owner is one}, one)
            found[one] = _loaded(one, sent)
        except Invalid as error:
            errors |= error.fields
    if errors:
        raise Invalid(fields=errors)
    page = found.get(PageQuery, {})
    paging = Paging(page["page"], page["size"]) if page else Paging()
    return (found[kind] if kind else {}), paging


@cache
def prepared(kind: type[Schema]) -> Schema:
    """Return the one instance of ``kind`` that loads, strict and in the reader's words."""
    schema = kind()
    _make_strict(schema)
    return schema


def _make_strict(schema: Schema) -> None:
    schema.unknown = RAISE
    schema.error_messages = {
        **schema.error_messages,
        **FormSchema.error_messages,
        "type": OBJECT,
    }
    for field in schema.load_fields.values():
        for inner in _with_inner(field):
            give_messages(inner)
            if isinstance(inner, fields.Nested) and inner.schema is not schema:
                _make_strict(inner.schema)


def _with_inner(field: fields.Field[Any]) -> list[fields.Field[Any]]:
    inner = field.inner if isinstance(field, fields.List) else None
    if isinstance(field, fields.Dict):
        inner = field.value_field
    return [field, *(_with_inner(inner) if inner is not None else [])]


def _loaded(kind: type[Schema], sent: Mapping[str, Any]) -> dict[str, Any]:
    schema = prepared(kind)
    errors = _mistyped(schema, sent)
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        errors = _by_path(error.messages_dict) | errors
    if errors:
        raise Invalid(fields=errors)
    return loaded


def _parsed(raw: bytes) -> Any:
    try:
        found = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_repeats,
            parse_constant=_refuse_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise Malformed(_("The text is not UTF-8.")) from None
    except json.JSONDecodeError as error:
        raise Malformed(
            _(
                "This is not JSON: line %(line)s, column %(column)s.",
                line=error.lineno,
                column=error.colno,
            )
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Malformed(_("A number is too large.")) from None
    if _is_too_deep(found):
        raise _too_deep()
    return found


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(DEEPEST + 1):
        outer = [each for each in level if isinstance(each, dict | list)]
        if not outer:
            return False
        level = [
            inner for each in outer for inner in (each.values() if isinstance(each, dict) else each)
        ]
    return True


def _too_deep() -> Malformed:
    return Malformed(_("It is nested too deeply: at most %(most)s levels.", most=DEEPEST))


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise Malformed(_("The name %(name)s stands there twice.", name=name[:40]), field=name)
        found[name] = value
    return found


def _refuse_number(text: str) -> Any:
    raise Malformed(_("%(text)s is no number in JSON.", text=text))


def _finite(text: str) -> float:
    number = float(text)
    return _refuse_number(text) if number in (float("inf"), float("-inf")) else number


def _from_query(names: set[str], kind: type[Schema]) -> dict[str, Any]:
    """Turn the texts of an address into what the schema's fields take."""
    given: dict[str, Any] = {}
    for key, field in prepared(kind).load_fields.items():
        name = field.data_key or key
        if name not in names or name not in request.args:
            continue
        values = [_understood(field, text) for text in request.args.getlist(name)]
        if isinstance(field, fields.List):
            given[name] = [_understood(field.inner, text) for text in request.args.getlist(name)]
        elif len(values) > 1:
            raise Invalid(fields={name: [_ONCE]})
        else:
            given[name] = values[0]
    return given


def _understood(field: fields.Field[Any], text: str) -> Any:
    if isinstance(field, fields.Boolean):
        return _BOOLEANS.get(text, text)
    if isinstance(field, fields.Integer):
        return int(text) if _INTEGER.fullmatch(text) else text
    if isinstance(field, fields.Number):
        try:
            return _finite(text)
        except (ValueError, Malformed):
            return text
    return text


def _mistyped(schema: Schema, sent: Mapping[str, Any], above: str = "") -> dict[str, list[Any]]:
    """Name what has another JSON type than the document says; marshmallow would convert some."""
    errors: dict[str, list[Any]] = {}
    for key, field in schema.load_fields.items():
        name = field.data_key or key
        if name in sent:
            errors |= _of_field(field, sent[name], f"{above}{name}")
    return errors


def _of_field(field: fields.Field[Any], value: Any, path: str) -> dict[str, list[Any]]:
    if value is None:
        return {}
    if isinstance(field, fields.Nested) and isinstance(field.schema, Schema):
        many = value if field.many and isinstance(value, list) else [value]
        found: dict[str, list[Any]] = {}
        for index, item in enumerate(many):
            if isinstance(item, dict):
                below = f"{path}.{index}." if field.many else f"{path}."
                found |= _mistyped(field.schema, item, below)
        return found
    if isinstance(field, fields.List) and isinstance(value, list):
        inner = (_of_field(field.inner, item, f"{path}.{i}") for i, item in enumerate(value))
        return {name: told for found in inner for name, told in found.items()}
    if isinstance(field, fields.Dict) and isinstance(value, dict) and field.value_field:
        if not _is_storable(list(value)):
            return {path: [_message(field)]}
        inner = (_of_field(field.value_field, item, f"{path}.{k}") for k, item in value.items())
        return {name: told for found in inner for name, told in found.items()}
    return {} if _fits(field, value) else {path: [_message(field)]}


def _fits(field: fields.Field[Any], value: Any) -> bool:
    if isinstance(field, fields.Boolean):
        return isinstance(value, bool)
    if isinstance(field, fields.Integer):
        return not isinstance(value, bool) and isinstance(value, int | float) and value % 1 == 0
    if isinstance(field, fields.Number):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(field, fields.DateTime | fields.Date):
        return isinstance(value, str) and _OUR_YEARS.match(value) is not None
    if isinstance(field, fields.String | fields.UUID | fields.Time):
        return isinstance(value, str) and _is_storable(value)
    return _is_storable(value)


def _is_storable(value: Any) -> bool:
    """PostgreSQL has no NUL in texts, and UTF-8 has no halves of pairs."""
    if isinstance(value, dict):
        return all(_is_storable(name) and _is_storable(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(_is_storable(inner) for inner in value)
    return not isinstance(value, str) or _UNSTORABLE.search(value) is None


def _message(field: fields.Field[Any]) -> Any:
    for key in ("invalid", "invalid_uuid"):
        if key in field.error_messages:
            return field.error_messages[key]
    return _("Check this entry.")


def _by_path(messages: Mapping[Any, Any], above: str = "") -> dict[str, list[Any]]:
    """Flatten a schema's messages: ``settings.step``, ``items.0.name``."""
    found: dict[str, list[Any]] = {}
    for name, told in messages.items():
        path = f"{above}{name}"
        if isinstance(told, Mapping):
            found |= _by_path(told, f"{path}.")
        else:
            found[path.removesuffix(f".{WHOLE}")] = list(texts(told))
    return found
