"""Which place's word counts: default → district → street → community, each level may lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Layer:
    """What one place set, and what it locked for those below it.

    Args:
        values: the keys set there, as JSON values.
        locked: keys that nobody below may change.
        version: counts the changes made there; 0 where nothing was ever set.
    """

    values: Mapping[str, Any]
    locked: frozenset[str] = frozenset()
    version: int = 0

    def without(self, keys: Collection[str]) -> Layer:
        """Return this layer as if it had not set ``keys``; its locks hold all the same."""
        left = {key: value for key, value in self.values.items() if key not in keys}
        return replace(self, values=left)


@dataclass(frozen=True)
class Resolved:
    """Where a key's value comes from, as indices of layers; ``None`` is the default.

    Args:
        source: the layer whose value is in force.
        lock: the highest layer that locked the key, above or at the last one.
    """

    source: int | None = None
    lock: int | None = None


def resolve(keys: Iterable[str], layers: Sequence[Layer]) -> dict[str, Resolved]:
    """Decide for each key whose value is in force at the last of ``layers``.

    The nearest layer that set the key wins, unless one further up locked it: then the value in
    force at that layer, its own or inherited, holds for all below, whatever they have stored.

    Args:
        layers: from the district down.
    """
    return {key: _resolve(key, layers) for key in keys}


def _resolve(key: str, layers: Sequence[Layer]) -> Resolved:
    source = None
    for number, layer in enumerate(layers):
        if key in layer.values:
            source = number
        if key in layer.locked:
            return Resolved(source, number)
    return Resolved(source)
