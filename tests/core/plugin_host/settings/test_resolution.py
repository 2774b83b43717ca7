"""The law of inheritance: the nearest word counts, unless somebody further up locked it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields, validate

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
