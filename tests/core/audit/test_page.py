"""The audit log as a page: newest first, of this place and below, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.accounts.actor import Actor
from core.audit import attempt
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound, Suspended
from core.ids import new_id
from core.servers import Addresses
from core.testing.statements import recorded
from core.testing.world import Browser, District
from core.web.refusals import record_refusal


def act(district: District, place: str, who: str, *, refused: bool = False) -> None:
    actor = Actor(new_id(), who)

    def work() -> None:
        with (
            district.entered(),
            attempt(
                actor,
                "core.account.create",
                object_type="user_account",
                object_id=new_id(),
                place_code=place,
            ),
        ):
            if refused:
                raise Conflict("no")

    try:
        work()
    except Conflict as error:
        with district.entered():
            record_refusal(error)


def who(browser: Browser, url: str) -> list[str]:
    page = browser.get(url)
    assert page.status_code == 200
    return re.findall(r'<th scope="row"[^>]*>([^<]+)</th>', page.text)


def test_newest_first_and_pages_follow_without_gap(district: District, community: str) -> None:
    auditor = district.person("auditor", community)
    for number in range(45):
        act(district, community, f"人{number:02}")
    url = f"/{community}/-/audit?size=20"
    seen = [name for page in (1, 2, 3) for name in who(auditor, f"{url}&page={page}")]
    assert [name for name in seen if name.startswith("人")] == [
        f"人{number:02}" for number in reversed(range(45))
    ]


def test_the_outcome_can_be_chosen(district: District, community: str) -> None:
    auditor = district.person("auditor", community)
    act(district, community, "甲")
    act(district, community, "乙", refused=True)
    url = f"/{community}/-/audit"
    assert [n for n in who(auditor, url) if n in "甲乙"] == ["乙", "甲"]
    assert who(auditor, f"{url}?outcome=refused") == ["乙"]
    assert [n for n in who(auditor, f"{url}?outcome=done") if n in "甲乙"] == ["甲"]
    assert [n for n in who(auditor, f"{url}?outcome=other") if n in "甲乙"] == ["乙", "甲"]


def test_each_level_sees_its_own_subtree(district: District, community: str) -> None:
    neighbour = district.neighbour(community)
    for place, name in ((community, "这里"), (neighbour, "隔壁"), (district.code, "区里")):
        act(district, place, name)
    names = {"这里", "隔壁", "区里"}
    for place, expected in (
        (community, {"这里"}),
        (neighbour, {"隔壁"}),
        (community[:9], {"这里", "隔壁"}),
        (district.code, names),
    ):
        auditor = district.person("auditor", place)
        assert set(who(auditor, f"/{place}/-/audit?size=100")) & names == expected


def test_another_district_with_the_same_people_does_not_show(
    new_district: Callable[[], District],
) -> None:
    one, other = new_district(), new_district()
    auditor = one.person("auditor", one.code)
    for district in (one, other):
        act(district, district.code, "王芳")
    page = auditor.get(f"/{one.code}/-/audit?size=100")
    assert page.text.count("王芳") == 1
    assert other.code not in page.text
    assert auditor.get(f"/{other.code}/-/audit").status_code == 404


def test_what_stands_in_an_entry_is_text_not_markup(district: District, community: str) -> None:
    auditor = district.person("auditor", community)
    act(district, community, "<img src=x onerror=alert(1)>")
    page = auditor.get(f"/{community}/-/audit")
    assert "<img src=x" not in page.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page.text


def record(
    district: District,
    place: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    error: LinliError | None = None,
) -> None:
    """Do something that changes this, or is refused with ``error``."""

    def work() -> None:
        with (
            district.entered(),
            attempt(
                Actor(new_id(), "甲"),
                "core.plugin.allow",
                object_type="plugin",
                object_id="volunteer",
                place_code=place,
            ) as act_,
        ):
            act_.before, act_.after = before, after
            if error is not None:
                raise error

    if error is None:
        return work()
    with pytest.raises(type(error)):
        work()
    with district.entered():
        record_refusal(error)
    return None


def details(browser: Browser, place: str) -> list[str]:
    """What the rows have to unfold, newest first, as text."""
    page = browser.get(f"/{place}/-/audit?size=20", headers={"Accept-Language": "en"}).text
    found = re.findall(r"<details[^>]*><summary>Show</summary>(.*?)</details>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in found]


def test_a_row_unfolds_what_changed(district: District, community: str) -> None:
    auditor = district.person("auditor", community)
    known = len(details(auditor, community))
    record(district, community, None, {"b": False, "n": [1, "二"]})
    record(district, community, {"policy": "available"}, {"policy": "<b>"})
    record(district, community, {"gone": 1}, None)
    record(district, community)
    assert details(auditor, community)[: -known or None] == [
        "gone 1",
        "policy available → &lt;b&gt;",
        "b false n [1, &#34;二&#34;]",
    ]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Forbidden(permission="core.plugin.allow"), "The permission was missing."),
        (Conflict("x"), "It contradicted what was already there."),
        (Invalid("x"), "The entries could not be accepted."),
        (NotFound(), "There was no such thing, or it was out of reach."),
        (Suspended(), "suspended"),
    ],
)
def test_a_row_unfolds_why_it_was_refused(
    district: District, community: str, error: LinliError, told: str
) -> None:
    auditor = district.person("auditor", community)
    record(district, community, {"policy": "available"}, {"policy": "x"}, error)
    assert details(auditor, community)[0] == f"{told} policy available"


def test_what_was_erased_is_said_to_be(
    addresses: Addresses, district: District, community: str
) -> None:
    auditor = district.person("auditor", community)
    record(district, community, {"policy": "available"}, {"policy": "mandatory"})
    url = make_url(addresses.database_owner_url).set(drivername="postgresql", username="postgres")
    with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
        connection.execute("DELETE FROM audit_payload WHERE tenant_id = %s", (district.tenant,))
    assert details(auditor, community)[0] == (
        "What changed was erased; that it happened stays on record."
    )


def test_many_rows_ask_as_often_as_one(district: District, community: str) -> None:
    auditor = district.person("auditor", community)
    with district.app.app_context():
        engine = db.engine

    def asked() -> int:
        with recorded(engine) as seen:
            assert auditor.get(f"/{community}/-/audit").status_code == 200
        return len(seen)

    asked()
    before = asked()
    for number in range(20):
        record(district, community, {"n": number}, {"n": number + 1})
    assert asked() == before
