"""The form of a plugin's settings: Form of the schema, and beside each field where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from marshmallow import fields, missing
from werkzeug.datastructures import MultiDict

from core.plugin_host.settings.queries import Setting, Settings
from core.plugin_host.settings.values import as_json
from core.web.forms import Form, FormField, FormSchema

INHERIT, LOCK = "inherit-", "lock-"
"""Prefixes of the boxes beside a setting; no setting's name has a hyphen."""
_VALUE_SHOWN, _INHERIT_SHOWN, _LOCK_SHOWN = "shown-", "inherit-shown-", "lock-shown-"
"""Prefixes of hidden entries: the setting and its boxes as they stood when the page was made."""
_TICKED_BY_HAND = "by hand"
_SHOWN = "shown: "


@dataclass(frozen=True)
class Row:
    """One setting as the page draws it.

    Args:
        inherits, locks: whether its boxes are ticked.
        box: what the box "use the inherited value" sends when it is ticked.
        now, inherited: what is in force here, and what would be without a word from here.
        beside: ``now`` without the unit, which stands beside the input.
        shown: the hidden entries that tell later whether somebody touched the setting.
        touched: after :meth:`SettingsForm.rebase`, whether somebody did.
    """

    input: FormField
    setting: Setting
    inherits: bool
    box: str
    locks: bool
    now: str
    inherited: str
    beside: str
    shown: Mapping[str, str]
    touched: bool


class SettingsForm:
    """The settings of a plugin at a place, to be edited there.

    An input shows what is in force. Its value is set here when its box "use the inherited value"
    is empty, or when the box stayed as it was shown, ticked, and something else was typed: the
    box therefore sends what the input showed.
    """

    def __init__(self, kind: type[FormSchema], state: Settings) -> None:
        schema = _asking(kind)
        self.state = state
        self.form = Form.build(schema, state.values)
        self._schema = schema
        self._now = {item.name: item for item in self.form}
        inherited = {key: item.inherited for key, item in state.items.items()}
        self._inherited = {item.name: item for item in Form.build(schema, inherited)}
        self._inherits = {key for key, item in state.items.items() if not item.set_here}
        self._locks = set(state.locked)
        self._touched: set[str] = set()

    def load(self, sent: MultiDict[str, str]) -> tuple[dict[str, Any], set[str]] | None:
        """Return the JSON values to set here and the keys to lock; ``None`` when refused."""
        self._inherits = {key for key in self._now if self._is_inherited(key, sent)}
        self._locks = {key for key in self._now if f"{LOCK}{key}" in sent}
        given = MultiDict(
            (key, text)
            for key in self._now
            for text in (
                _sent_as(self._inherited[key]) if key in self._inherits else sent.getlist(key)
            )
        )
        data = self.form.load(given)
        if data is None:
            return None
        own = {k: v for k, v in as_json(self._schema, data).items() if k not in self._inherits}
        return own, self._locks

    def rebase(self, sent: MultiDict[str, str]) -> None:
        """Put what somebody touched on an older page into this form of what is in force now.

        Whatever stayed as that page showed it, an input with its box or a lock, is as it is now.
        """
        entered = MultiDict(sent)
        for key, item in self._now.items():
            touched = self._was_touched(key, sent)
            if not touched:
                entered.setlist(key, _sent_as(item))
                _tick(entered, f"{INHERIT}{key}", key in self._inherits)
            locks = self._lock_was_touched(key, sent)
            if not locks:
                _tick(entered, f"{LOCK}{key}", key in self._locks)
            if (touched or locks) and self.state.items[key].locked_by is None:
                self._touched.add(key)
        self.load(entered)

    @property
    def rows(self) -> Iterator[Row]:
        """The settings in the schema's order."""
        for item in self.form:
            yield Row(
                item,
                self.state.items[item.name],
                item.name in self._inherits,
                _SHOWN + _joined(_sent_as(item))
                if item.name in self._inherits
                else _TICKED_BY_HAND,
                item.name in self._locks,
                _said(self._now[item.name], item.unit),
                _said(self._inherited[item.name]),
                _said(self._now[item.name]),
                self._shown(item.name),
                item.name in self._touched,
            )

    def _shown(self, key: str) -> dict[str, str]:
        setting = self.state.items[key]
        return {
            f"{_VALUE_SHOWN}{key}": _joined(_sent_as(self._now[key])),
            f"{_INHERIT_SHOWN}{key}": "" if setting.set_here else "on",
            f"{_LOCK_SHOWN}{key}": "on" if setting.locked_here else "",
        }

    def _was_touched(self, key: str, sent: MultiDict[str, str]) -> bool:
        shown = sent.get(f"{_VALUE_SHOWN}{key}")
        if shown is None:
            return False
        typed, before = _joined(sent.getlist(key)), _joined([shown])
        if isinstance(self._now[key].value, tuple):
            same = sorted(typed.split("\n")) == sorted(before.split("\n"))
        else:
            same = typed == before
        inherited = bool(sent.get(f"{_INHERIT_SHOWN}{key}"))
        return not same or self._is_inherited(key, sent) != inherited

    def _lock_was_touched(self, key: str, sent: MultiDict[str, str]) -> bool:
        shown = sent.get(f"{_LOCK_SHOWN}{key}")
        return shown is not None and bool(shown) != (f"{LOCK}{key}" in sent)

    def _is_inherited(self, key: str, sent: MultiDict[str, str]) -> bool:
        box = sent.get(f"{INHERIT}{key}")
        if self.state.items[key].locked_by is not None or box == _TICKED_BY_HAND:
            return True
        typed = _joined(sent.getlist(key))
        emptied = self._now[key].required and not typed
        return box is not None and (emptied or box.replace("\r\n", "\n") == _SHOWN + typed)


def _asking(kind: type[FormSchema]) -> FormSchema:
    """Return the schema with a default only where an empty input says the same.

    Otherwise an input that somebody emptied would silently set the default.
    """
    schema = kind()
    for field in schema.load_fields.values():
        default = field.load_default() if callable(field.load_default) else field.load_default
        if default not in (None, "", []) and not isinstance(field, fields.Boolean | fields.List):
            field.load_default, field.required = missing, True
    return schema


def _sent_as(item: FormField) -> list[str]:
    """Return what a browser sends for an input that nobody touched."""
    if isinstance(item.value, tuple):
        return list(item.value)
    if isinstance(item.value, bool):
        return ["on"] if item.value else []
    return [item.value]


def _tick(entered: MultiDict[str, str], box: str, ticked: bool) -> None:
    entered.poplist(box)
    if ticked:
        entered[box] = _TICKED_BY_HAND


def _joined(sent: list[str]) -> str:
    return "\n".join(sent).replace("\r\n", "\n")


def _said(item: FormField, unit: Any = "") -> str:
    """Return the value of an input as a person reads it."""
    if isinstance(item.value, bool):
        return str(_("Yes") if item.value else _("No"))
    chosen = item.value if isinstance(item.value, tuple) else tuple(item.value.splitlines())
    labels = dict(item.options)
    text = str(_(", ")).join(str(labels.get(each, each)) for each in chosen)
    return f"{text} {unit}".strip() if text else str(_("None"))
