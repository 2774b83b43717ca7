"""Forms from marshmallow schemas: one description for the page, the API and the plugin's settings.

A schema's fields say what a form shows through their ``metadata``: ``label`` (needed unless
hidden), ``help``, ``placeholder``, ``unit``, ``widget``, ``autocomplete`` and ``options`` (pairs of
value and label). Texts may be lazy strings.

    form = Form.build(ActivitySchema)
    data = form.load(request.form)      # None: refused; the form keeps what was typed, and why

A form with files is loaded with them, ``form.load(ctx.form, ctx.files)``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _
from marshmallow import Schema, ValidationError, fields, missing, validate
from werkzeug.datastructures import MultiDict

from core.clock import DISTRICT_ZONE
from core.files.fields import Kept, SentFile, SentFiles
from core.files.uploads import ACCEPTED
from core.texts import visible
from core.web.form_messages import NOT_LISTED, give_messages, plain, texts
from core.web.typed import clock, day, moment

Options = Iterable[tuple[Any, Any]]
Errors = Mapping[str, Any]
Typed = str | bool | tuple[str, ...]

_OF_SCHEMA = {"unknown": _("This field is not known.")}


class FormSchema(Schema):
    """A schema that refuses in the user's words and language.

    A field's own ``error_messages`` and a validator's own ``error`` are left as they are.
    """

    error_messages = _OF_SCHEMA

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if not field_obj.dump_only:
            give_messages(field_obj)
            if isinstance(field_obj, fields.List):
                give_messages(field_obj.inner)

    def handle_error(self, error: ValidationError, data: Any, **kwargs: Any) -> None:
        error.messages = plain(error.messages)


@dataclass(frozen=True)
class FormField:
    """One input as a template draws it.

    ``value`` is text, a bool for a checkbox, or the chosen values for several ``checkboxes``.
    ``kept`` is the good file that a refused form keeps.
    """

    name: str
    label: Any
    widget: str
    required: bool = False
    value: Typed = ""
    help: Any = ""
    placeholder: Any = ""
    unit: Any = ""
    autocomplete: str = ""
    maxlength: int | None = None
    min: str | None = None
    max: str | None = None
    step: str | None = None
    options: tuple[tuple[str, Any], ...] = ()
    kept: Kept | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Id of the input, which labels, help, errors and the summary's links point to."""
        return f"field-{self.name}"

    @property
    def accept(self) -> str:
        """The kinds of files that a browser offers for a ``file``."""
        return ",".join(ACCEPTED)


class Form:
    """The fields of a schema with their values and errors; made by :meth:`build`."""

    def __init__(self, schema: FormSchema, shown: list[FormField], timezone: ZoneInfo) -> None:
        self.errors: list[str] = []
        self._schema = schema
        self._fields = {item.name: item for item in shown}
        self._sent: dict[str, SentFile] = {}
        self._timezone = timezone

    @classmethod
    def build(
        cls,
        schema: FormSchema | type[FormSchema],
        data: Any = None,
        errors: Errors | None = None,
        *,
        options: Mapping[str, Options] | None = None,
        timezone: ZoneInfo = DISTRICT_ZONE,
    ) -> Form:
        """A form for ``schema``, filled from ``data`` or else with the schema's defaults.

        Args:
            data: mapping or object with the values to edit.
            errors: messages by field name; those of no field belong to the whole form.
            options: choices known only at run time, by field name.
            timezone: whose wall clock the dates and times of the form show and mean.
        """
        schema = schema if isinstance(schema, FormSchema) else schema()
        shown = [
            _form_field(name, item, data, (options or {}).get(name), timezone)
            for name, item in schema.load_fields.items()
        ]
        form = cls(schema, shown, timezone)
        form.add_errors(errors or {})
        return form

    @property
    def fields(self) -> list[FormField]:
        """The fields in the schema's order."""
        return list(self._fields.values())

    @property
    def enctype(self) -> str | None:
        """How a browser must send the form, if not in the usual way: with its files."""
        return "multipart/form-data" if any(item.widget == "file" for item in self) else None

    @property
    def problems(self) -> list[str]:
        """Every error, the form's own first; when there is one, the page answers 422."""
        return self.errors + [message for item in self for message in item.errors]

    def __getitem__(self, name: str) -> FormField:
        return self._fields[name]

    def __iter__(self) -> Iterator[FormField]:
        return iter(self._fields.values())

    def add_errors(self, errors: Errors) -> None:
        """Show a refusal that came later, such as ``Invalid.fields`` of a service."""
        for name, messages in errors.items():
            holder = self._fields.get(name)
            (holder.errors if holder else self.errors).extend(texts(messages))

    def keep_files(self) -> None:
        """Keep the good files of a refused form for a day, and show that they are kept."""
        for name, sent in self._sent.items():
            kept = sent.put_aside(refused=bool(self[name].errors))
            self._fields[name] = replace(self[name], kept=kept)

    def load(self, raw: Mapping[str, str], files: SentFiles | None = None) -> dict[str, Any] | None:
        """What the user sent, checked by the schema; None when refused.

        Text is trimmed; an empty input is None where the field allows it, else missing. Numbers
        and phones may be typed in full width, with spaces and separators, and 。 for the decimal
        point; dates and times also as 2026年11月21日 14:05. Times are the wall clock of the form's
        time zone and become UTC. A list is what was ticked, or one entry per line.
        """
        self.errors = []
        given: dict[str, Any] = {}
        for item in self:
            source = _load_field(self._schema, item.name)
            value: Any
            if item.widget == "file":
                value = self._load_file(item, files) or ""
            else:
                kept = _kept(item, raw)
                shown = "" if item.widget == "password" else kept
                self._fields[item.name] = replace(item, value=shown, errors=[])
                value = _understood(item.widget, kept, self._timezone, source)
            if value != "":
                given[item.name] = value
            elif source.allow_none:
                given[item.name] = None
        try:
            data: dict[str, Any] = self._schema.load(given)
        except ValidationError as error:
            self.add_errors(error.messages_dict)
        for item in self:
            chosen = given.get(item.name)
            several = chosen if isinstance(chosen, list) else [] if chosen is None else [chosen]
            listed = {value for value, _label in item.options}
            if listed and not item.errors and {str(value) for value in several} - listed:
                item.errors.append(str(NOT_LISTED))
        if self.problems:
            self.keep_files()
            return None
        return data

    def _load_file(self, item: FormField, files: SentFiles | None) -> SentFile | None:
        self._fields[item.name] = replace(item, kept=None, errors=[])
        self._sent.pop(item.name, None)
        sent = files.sent(item.name) if files else None
        if sent:
            self._sent[item.name] = sent
        return sent


def _form_field(
    name: str, item: fields.Field[Any], data: Any, options: Options | None, timezone: ZoneInfo
) -> FormField:
    about, widget = item.metadata, _widget(item, options)
    length, span = _rule(item, validate.Length), _rule(item, validate.Range)
    return FormField(
        name=item.data_key or name,
        label=_label(name, item),
        widget=widget,
        required=item.required,
        value=_shown(name, item, data, widget, timezone),
        help=about.get("help", ""),
        placeholder=about.get("placeholder", ""),
        unit=about.get("unit", ""),
        autocomplete=about.get("autocomplete", ""),
        maxlength=(length.max or length.equal) if length else None,
        min=_edge(span.min, timezone) if span else None,
        max=_edge(span.max, timezone) if span else None,
        step=_step(item) if widget == "number" else None,
        options=_options(item, options) if widget in ("select", "checkboxes") else (),
    )


def _label(name: str, item: fields.Field[Any]) -> Any:
    label = item.metadata.get("label")
    if label is None and item.metadata.get("widget") != "hidden":
        raise TypeError(f"field {name!r} has no label in its metadata")
    return label or name


_WIDGETS = (
    (fields.Boolean, "checkbox"),
    (fields.Number, "number"),
    (fields.DateTime, "datetime-local"),
    (fields.Date, "date"),
    (fields.Time, "time"),
    (fields.Enum, "select"),
    (fields.String, "text"),
    (fields.UUID, "text"),
)


def _widget(item: fields.Field[Any], options: Options | None) -> str:
    if chosen := item.metadata.get("widget"):
        return str(chosen)
    if isinstance(item, fields.List):
        inner = _widget(item.inner, options)
        if inner == "select" or "options" in item.metadata:
            return "checkboxes"
        if inner in ("text", "number", "date", "time"):
            return "lines"
    if options is not None or "options" in item.metadata or _rule(item, validate.OneOf):
        return "select"
    for kind, widget in _WIDGETS:
        if isinstance(item, kind):
            return widget
    raise TypeError(f"field {item.name!r} of type {type(item).__name__} has no widget")


def _options(item: fields.Field[Any], given: Options | None) -> tuple[tuple[str, Any], ...]:
    pairs: Options = given if given is not None else item.metadata.get("options", ())
    if not pairs and isinstance(item, fields.List):
        return _options(item.inner, None)
    if not pairs and isinstance(item, fields.Enum):
        pairs = [
            (member.value if item.by_value else member.name, getattr(member, "label", member.name))
            for member in item.enum
        ]
    elif not pairs and (rule := _rule(item, validate.OneOf)):
        pairs = [(value, label or value) for value, label in rule.options()]
    return tuple((str(value), label) for value, label in pairs)


def _step(item: fields.Field[Any]) -> str:
    return "1" if isinstance(item, fields.Integer) else "any"


def _edge(value: Any, timezone: ZoneInfo) -> str | None:
    return None if value is None else _written(value, value, timezone)


def _shown(name: str, item: fields.Field[Any], data: Any, widget: str, timezone: ZoneInfo) -> Typed:
    if widget in ("password", "file"):
        return ""
    value = missing if data is None else item.get_value(data, name, default=missing)
    if value is missing:
        value = item.load_default() if callable(item.load_default) else item.load_default
    if widget == "checkbox":
        return value is True
    if value is missing or value is None:
        return () if widget == "checkboxes" else ""
    plain: Any = value
    if not isinstance(value, datetime | date | time | Decimal):
        plain = item.serialize(name, {item.attribute or name: value})
    if isinstance(item, fields.List):
        pairs: Any = zip(cast(list[Any], value), plain, strict=True)
        written = tuple(_written(each, shown, timezone) for each, shown in pairs)
        return written if widget == "checkboxes" else "\n".join(written)
    return _written(value, plain, timezone)


def _written(value: Any, plain: Any, timezone: ZoneInfo) -> str:
    """What an input shows for ``value``, of which ``plain`` is the serialised form."""
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a form shows only times that know their time zone")
        return value.astimezone(timezone).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, time):
        return value.isoformat("seconds" if value.second else "minutes")
    return format(value, "f") if isinstance(value, Decimal) else str(plain)


_SPACES = re.compile(r"\s+")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


def _kept(item: FormField, raw: Mapping[str, str]) -> Typed:
    """What the browser sent for one input, as it is shown again."""
    if item.widget == "checkbox":
        return raw.get(item.name) is not None
    if item.widget == "checkboxes":
        return tuple(raw.getlist(item.name) if isinstance(raw, MultiDict) else ())
    return raw.get(item.name) or ""


def _understood(widget: str, typed: Typed, timezone: ZoneInfo, source: fields.Field[Any]) -> Any:
    if isinstance(typed, tuple):
        return list(typed)
    if isinstance(typed, bool) or widget == "password":
        return typed
    if isinstance(source, fields.List):
        inner = _widget(source.inner, None)
        lines = (_understood(inner, each, timezone, source.inner) for each in typed.splitlines())
        return [value for value in lines if value != ""]
    text = visible(typed.replace("\r\n", "\n"), keep="\t\n").strip()
    if widget not in ("number", "tel", "date", "datetime-local", "time"):
        return text
    text = unicodedata.normalize("NFKC", text)
    if widget == "tel":
        return _SPACES.sub("", text).replace("-", "")
    if widget == "number":
        text = _SPACES.sub("", text).replace("。", ".")
        return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if not text:
        return text
    if widget == "time":
        return clock(text)
    return moment(text, timezone) if widget == "datetime-local" else day(text)


def _load_field(schema: Schema, name: str) -> fields.Field[Any]:
    return next(item for key, item in schema.load_fields.items() if (item.data_key or key) == name)


def _rule(item: fields.Field[Any], kind: type[Any]) -> Any:
    return next((rule for rule in item.validators if isinstance(rule, kind)), None)
