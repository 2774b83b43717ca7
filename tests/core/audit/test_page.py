"""The audit log as a page: newest first, of this place and below, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable

from core.accounts.actor import Actor
from core.audit import attempt
from core.errors import Conflict
from core.ids import new_id
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
