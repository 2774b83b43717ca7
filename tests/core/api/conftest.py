"""Two districts that look alike, and the programs that ask them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from core.testing import world
from core.testing.world import District

API = "/api/v1/places"


@pytest.fixture(scope="module")
def here(app: Flask, unused_codes: Iterator[str]) -> District:
    """A district of this module's own, with Volunteer on in its first community."""
    made = world.onboard(app, next(unused_codes))
    made.enable("volunteer", made.communities[0])
    return made


@pytest.fixture(scope="module")
def there(app: Flask, unused_codes: Iterator[str]) -> District:
    """Another district, of the same form."""
    made = world.onboard(app, next(unused_codes))
    made.enable("volunteer", made.communities[0])
    return made
