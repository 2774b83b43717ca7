"""A schema that cannot be a plugin's settings sets the plugin aside at start-up."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from core.plugin_host.loading import discover

Shelf = Callable[..., EntryPoint]

HEAD = "from marshmallow import ValidationError, fields, validate, validates_schema\n"
LABEL = "metadata={'label': 'x'}"
SCHEMAS = {
    "no default": (
        f"a = fields.Integer({LABEL})",
        "the setting 'a' has no default (load_default)",
    ),
    "no label": (
        "a = fields.Integer(load_default=1)",
        "the setting 'a' has no label in its metadata",
    ),
    "two names": (
        f"a = fields.Integer(load_default=1, data_key='b', {LABEL})",
        "the setting 'a' has a second name",
    ),
    "one way": (
        f"a = fields.Integer(load_default=1, load_only=True, {LABEL})",
        "a setting is neither load_only nor dump_only",
    ),
    "no form": (
        f"a = fields.Dict(load_default=dict, {LABEL})",
        "no form can be made of its settings: field 'a' of type Dict has no widget",
    ),
    "no form of lists in lists": (
        f"a = fields.List(fields.List(fields.Integer()), load_default=list, {LABEL})",
        "no form can be made of its settings: field 'a' of type List has no widget",
    ),
    "unfit default": (
        f"a = fields.Integer(load_default=9, validate=validate.Range(max=3), {LABEL})",
        "its settings refuse their own defaults: a",
    ),
    "unfit defaults together": (
        f"a = fields.Integer(load_default=9, {LABEL})\n"
        "    @validates_schema\n"
        "    def no(self, data, **_): raise ValidationError('no')",
        "its settings refuse their own defaults: _schema",
    ),
}


@pytest.mark.parametrize("case", SCHEMAS)
def test_a_schema_that_cannot_be_settings(case: str, shelf: Shelf) -> None:
    field, reason = SCHEMAS[case]
    body = f"{HEAD}class Rules(FormSchema):\n    {field}\n"

    [found] = discover("normal", [shelf("bad", body, manifest=", settings=Rules")])

    assert (found.state, found.reason) == ("failed", reason)
