"""Adding a person: what cannot be accepted is shown at its field, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from core.accounts.models import UserAccount
from core.db import db
from core.testing.world import Browser, District

NEW = {"name": "李小红", "phone": "13912345678", "role": "viewer"}


def test_a_new_person_gets_a_link_that_works(
    district: District, community: str, visitor: Browser
) -> None:
    admin = district.person("administrator", community)

    added = admin.send(f"/{community}/-/people/new", NEW)

    assert added.status_code == 200
    link = re.findall(r'<code class="copyable">http://localhost([^<]+)</code>', added.text)
    assert len(link) == 1
    used = visitor.send(link[0], {"password": "清晨的菜市场很热闹呀"})
    assert (used.status_code, used.location) == (303, f"/{community}/-/")
    assert visitor.get(f"/{community}/-/people").status_code == 403


def test_a_taken_phone_is_refused_at_its_field_and_the_other_entries_stay(
    district: District, community: str, add: Callable[..., object]
) -> None:
    add(community, phone="13912345678")
    admin = district.person("administrator", community)
    before = _people(district)

    answer = admin.send(f"/{community}/-/people/new", NEW | {"phone": "+86 139 1234 5678"})

    assert answer.status_code == 409
    assert _refused(answer.text) == ["phone"]
    assert 'value="李小红"' in answer.text
    assert 'value="+86 139 1234 5678"' in answer.text
    assert '<option value="viewer" selected>' in answer.text
    assert _people(district) == before


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"name": "长" * 61}, "name"),
        ({"name": "  "}, "name"),
        ({"phone": "02812345678"}, "phone"),
        ({"phone": "1391234567"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"role": "emperor"}, "role"),
    ],
)
def test_an_entry_that_cannot_be_accepted_is_refused_at_its_field(
    entry: dict[str, str], field: str, district: District, community: str
) -> None:
    admin = district.person("administrator", community)
    before = _people(district)

    answer = admin.send(f"/{community}/-/people/new", NEW | entry)

    assert answer.status_code == 422
    assert _refused(answer.text) == [field]
    assert _people(district) == before


def test_the_longest_name_is_accepted(district: District, community: str) -> None:
    admin = district.person("administrator", community)

    assert admin.send(f"/{community}/-/people/new", NEW | {"name": "长" * 60}).status_code == 200


def _refused(page: str) -> list[str]:
    return re.findall(r'<li><a href="#field-(\w+)">', page)


def _people(district: District) -> int:
    with district.entered():
        return db.session.execute(select(func.count()).select_from(UserAccount)).scalar_one()


def test_somebody_who_works_next_door_gets_a_role_here_too(
    district: District, community: str
) -> None:
    there = {"name": "林晓", "phone": "13700000001", "role": "staff"}
    admin = district.person("administrator", district.code)
    neighbour = district.neighbour(community)
    assert admin.send(f"/{neighbour}/-/people/new", there).status_code == 200

    refused = admin.send(f"/{community}/-/people/new", {**there, "name": "林晓晓"})
    granted = admin.send(f"/{community}/-/people/new", {**there, "existing": "on"})

    assert refused.status_code == 409
    assert 'name="existing"' in refused.text
    assert granted.status_code == 303
    assert "林晓" in admin.get(f"/{community}/-/people").text
