"""Every operation of the document is tried with what fits it and with what does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from core.clock import DISTRICT_ZONE
from core.places.codes import is_code
from core.testing import world
from core.testing.world import District

EXAMPLES = 20
BETWEEN_FIELDS = {
    "volunteer.change_activity",
    "volunteer.check_in",
    "volunteer.create_activity",
}
"""Operations with a rule about several fields, such as that an activity ends after it begins."""


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
moments = st.datetimes(
    datetime(1900, 1, 2),  # noqa: DTZ001 - hypothesis adds the zone
    datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, DISTRICT_ZONE]),
)
schemathesis.openapi.format("date", days.map(date.isoformat))
schemathesis.openapi.format("date-time", moments.map(datetime.isoformat))


@pytest.fixture(scope="module")
def busy(app: Flask, unused_codes: Iterator[str]) -> District:
    """A district whose communities cannot switch Volunteer off."""
    made = world.onboard(app, next(unused_codes))
    made.allow("volunteer", "mandatory")
    return made


@pytest.fixture(scope="module")
def bearer(busy: District) -> dict[str, str]:
    """A token that holds every permission everywhere in the district."""
    return {"Authorization": f"Bearer {busy.program('administrator', busy.code).token}"}


@pytest.fixture(scope="module")
def document(app: Flask, bearer: dict[str, str]) -> Any:
    """The document as schemathesis reads it: it refuses what is no OpenAPI 3.1."""
    config = schemathesis.Config.from_dict({"generation": {"allow-x00": False}, "headers": bearer})
    found = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, config=config)
    found.validate()
    return found


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_operation_does_what_the_document_says(
    document: Any, busy: District, bearer: dict[str, str], mode: GenerationMode
) -> None:
    tried = []
    for result in document.get_all_operations():
        operation = result.ok()
        _try(operation, mode, busy, bearer)
        tried.append(operation.label)
    assert len(tried) == sum(len(methods) for methods in document.raw_schema["paths"].values())


def _try(operation: Any, mode: GenerationMode, busy: District, bearer: dict[str, str]) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Any) -> None:
        _lead_to_what_is_there(case, busy)
        beyond = operation.definition.raw["operationId"] in BETWEEN_FIELDS
        excluded = [positive_data_acceptance] if beyond else []
        case.call_and_validate(headers=bearer, excluded_checks=excluded)

    one()


def _lead_to_what_is_there(case: Any, busy: District) -> None:
    """A place code made at random is nobody's; what is wrong on purpose is left as it is."""
    if is_code(str(case.path_parameters.get("place_code"))):
        case.path_parameters["place_code"] = busy.communities[0]
    if str(case.path_parameters.get("plugin_id", "")).isidentifier():
        case.path_parameters["plugin_id"] = "volunteer"
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict) and isinstance(case.body.get("settings"), dict):
        case.body["settings"] = {}
