"""A street that judges its communities."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.plugins.evaluation import town as towns
from tests.plugins.evaluation.town import Town


@pytest.fixture(scope="module")
def town(app: Flask, unused_codes: Iterator[str]) -> Town:
    """A street with four communities, three of them with Evaluation."""
    return towns.build(app, unused_codes)
