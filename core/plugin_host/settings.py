"""Settings of plugins: default → district → street → community, each level may lock."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.places.view import PlaceView


def settings_of(plugin: str, place: PlaceView) -> Mapping[str, Any]:
    """Return the settings in force at ``place``, as the plugin's schema loads them.

    Read in the transaction under way, so that a change takes effect with the next one everywhere.
    """
    raise NotImplementedError
