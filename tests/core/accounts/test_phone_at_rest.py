"""A phone number is nowhere in the clear: not in the database, not on the page."""

from collections.abc import Callable

from sqlalchemy import select, text

from core.accounts import service
from core.accounts.models import PHONE, UserAccount
from core.db import db
from core.tenancy.keys import cipher
from core.testing.world import SYSTEM, District

NUMBER = "13912345678"


def test_the_row_does_not_hold_the_number_and_no_two_seals_are_alike(district: District) -> None:
    user = _stored(district)

    assert NUMBER.encode() not in user.phone_sealed
    with district.entered():
        query = text("SELECT u::text FROM user_account u WHERE u.tenant_id = :tenant")
        rows = db.session.connection().execute(query, {"tenant": district.tenant}).scalars().all()
        fresh = cipher().seal(NUMBER, PHONE, user.id)
        opened = [cipher().open(sealed, PHONE, user.id) for sealed in (user.phone_sealed, fresh)]
    assert len(rows) == 2
    assert not [row for row in rows if NUMBER in row or NUMBER.encode().hex() in row]
    assert fresh != user.phone_sealed
    assert opened == [NUMBER, NUMBER]


def test_the_same_number_looks_different_in_two_districts(
    district: District, new_district: Callable[[], District]
) -> None:
    here, there = _stored(district), _stored(new_district())

    assert here.phone_index != there.phone_index
    assert here.phone_sealed != there.phone_sealed


def test_the_people_page_shows_it_masked(
    district: District, community: str, add: Callable[..., object]
) -> None:
    add(community, phone=NUMBER)
    admin = district.person("administrator", community)

    page = admin.get(f"/{community}/-/people")

    assert page.status_code == 200
    assert page.text.count("139****5678") == 1
    assert NUMBER not in page.text


def _stored(district: District) -> UserAccount:
    with district.entered():
        place = district.place(district.code)
        user_id = service.create_user(SYSTEM, place, name="王小明", phone=NUMBER).id
    with district.entered():
        user = db.session.execute(select(UserAccount).filter_by(id=user_id)).scalar_one()
        db.session.expunge(user)
    return user
