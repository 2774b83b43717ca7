"""The law of inheritance: the nearest word counts, unless somebody further up locked it."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate, validates_schema

from core.plugin_host.settings.resolution import Layer, resolve
from core.plugin_host.settings.values import in_force
from core.web.forms import FormSchema

KEYS = ("a", "b", "c")
LAYERS = st.lists(
    st.builds(
        Layer,
        st.dictionaries(st.sampled_from(KEYS), st.integers()),
        st.frozensets(st.sampled_from(KEYS)),
    ),
    max_size=3,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


class Rules(FormSchema):
    a = fields.Integer(load_default=1, validate=validate.Range(0, 9), metadata={"label": "A"})
    b = fields.List(fields.Boolean(), load_default=list, metadata={"label": "B"})
    c = fields.Time(load_default=None, metadata={"label": "C"})


class Together(FormSchema):
    """Rules over several keys that name one, several or none."""

    a = fields.Integer(load_default=1, validate=validate.Range(0, 5), metadata={"label": "A"})
    b = fields.Integer(load_default=2, metadata={"label": "B"})
    c = fields.Integer(load_default=3, metadata={"label": "C"})

    @validates_schema
    def check(self, data: dict[str, int], **_: Any) -> None:
        if data["a"] > data["b"]:
            raise ValidationError({"a": ["A is above B."]})
        if data["b"] > data["c"]:
            raise ValidationError({"b": ["B is above C."], "c": ["C is below B."]})
        if sum(data.values()) > 9:
            raise ValidationError("Too much in all.")


RIVALS = st.lists(
    st.builds(
        Layer,
        st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS, st.integers(0, 6))),
        st.sets(st.sampled_from(KEYS)).map(frozenset),
    ),
    min_size=2,
    max_size=3,
)


@given(LAYERS)
def test_the_nearest_word_up_to_the_highest_lock_counts(layers: list[Layer]) -> None:
    found = resolve(KEYS, layers)

    for key in KEYS:
        locks = [number for number, layer in enumerate(layers) if key in layer.locked]
        reach = layers[: locks[0] + 1] if locks else layers
        setting = [number for number, layer in enumerate(reach) if key in layer.values]
        assert found[key].source == (setting[-1] if setting else None)
        assert found[key].lock == (locks[0] if locks else None)


@given(LAYERS, LAYERS)
def test_below_a_lock_everybody_has_what_the_locking_place_has(
    above: list[Layer], below: list[Layer]
) -> None:
    locking = [*above, Layer({}, frozenset(KEYS))]

    assert resolve(KEYS, locking + below) == resolve(KEYS, locking)


@given(LAYERS, st.integers(0, 2), st.integers())
def test_one_key_does_not_touch_another(layers: list[Layer], at: int, value: int) -> None:
    changed = [
        Layer(layer.values | {"a": value}, layer.locked | {"a"}) if number == at else layer
        for number, layer in enumerate(layers)
    ]

    assert resolve(("b", "c"), changed) == resolve(("b", "c"), layers)


@given(st.lists(st.dictionaries(st.sampled_from([*KEYS, "gone"]), JSON), max_size=3))
def test_whatever_is_stored_the_schema_accepts_what_is_in_force(stored: list[dict]) -> None:
    found = in_force(Rules(), [Layer(values) for values in stored])

    assert found.values.keys() == set(KEYS)
    assert found.values == Rules().load(Rules().dump(found.values))
    assert 0 <= found.values["a"] <= 9


def test_a_value_that_no_longer_fits_is_inherited_again() -> None:
    layers = [Layer({"a": 4}), Layer({"a": 99, "b": [True]}), Layer({"c": "soon"})]

    assert in_force(Rules(), layers).values == {"a": 4, "b": [True], "c": None}
    locked = [Layer({"a": "many"}, frozenset({"a"})), Layer({"a": 5})]
    assert in_force(Rules(), locked).values == {"a": 1, "b": [], "c": None}


@settings(max_examples=400)
@given(RIVALS)
def test_what_a_lock_fixes_holds_below_whatever_is_chosen_there(layers: list[Layer]) -> None:
    schema = Together()
    here = in_force(schema, layers)

    assert here.values == schema.load(here.values)
    for count in range(1, len(layers)):
        above = in_force(schema, layers[:count])
        locked = frozenset[str]().union(*(layer.locked for layer in layers[:count]))
        assert {k: here.values[k] for k in locked} == {k: above.values[k] for k in locked}


def test_a_rule_over_several_keys_takes_back_what_the_nearest_place_may_not_have() -> None:
    high = Layer({"a": 3, "b": 3})
    locked = Layer(high.values, frozenset({"a"}))
    lower = Layer({"b": 2, "c": 4})

    assert in_force(Together(), [high, lower]).values == {"a": 1, "b": 2, "c": 4}
    assert in_force(Together(), [locked, lower]).values == {"a": 3, "b": 3, "c": 3}
    assert in_force(Together(), [locked, lower, Layer({"c": 3})]).values == {"a": 3, "b": 3, "c": 3}
    both = Layer({"b": 3}, frozenset({"b"}))
    assert in_force(Together(), [both, Layer({"a": 0, "c": 2})]).values == {"a": 0, "b": 3, "c": 3}


def test_what_a_place_could_not_have_is_not_had_below_it() -> None:
    layers = [Layer({}), Layer({"b": 4}, frozenset({"b"})), Layer({"c": 4})]

    assert in_force(Together(), layers[:2]).values == {"a": 1, "b": 2, "c": 3}
    assert in_force(Together(), layers).values == {"a": 1, "b": 2, "c": 4}
