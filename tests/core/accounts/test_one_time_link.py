"""One-time links: they let one person in, once."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from core.testing.world import Browser, District, browser
from tests.core.accounts.conftest import Acts

PASSWORD = "清晨的菜市场很热闹呀"


def test_looking_does_not_use_it_and_using_sets_the_password_and_signs_in(
    district: District, visitor: Browser
) -> None:
    link = f"/{district.code}/-/link/{district.link}"
    looks = [visitor.get(link) for _ in range(2)]
    assert [(look.status_code, "区管理员" in look.text) for look in looks] == [(200, True)] * 2

    used = visitor.send(link, {"password": PASSWORD})

    assert (used.status_code, used.location) == (303, f"/{district.code}/-/")
    assert visitor.get(f"/{district.code}/-/people").status_code == 200
    again = browser(district.app)
    assert again.get(link).status_code == 409
    assert again.send(link, {"password": "另一个很长的密码一二三"}).status_code == 409
    data = {"account": "13800000000", "password": PASSWORD}
    assert again.send(f"/{district.code}/-/sign-in", data).status_code == 303


def test_using_it_ends_the_sessions_opened_before(
    district: District,
    grant_of: Callable[[str], UUID],
    visitor: Browser,
) -> None:
    visitor.send(f"/{district.code}/-/link/{district.link}", {"password": PASSWORD})
    admin = district.person("administrator", district.code)
    link = _renew(admin, district.code, grant_of("区管理员"))
    assert visitor.get(f"/{district.code}/-/me").status_code == 200

    assert browser(district.app).send(link, {"password": PASSWORD}).status_code == 303

    assert visitor.get(f"/{district.code}/-/me").status_code == 302


def test_using_it_ends_the_person_s_tokens_alone(
    district: District, community: str, grant_of: Callable[[str], UUID], acts: Acts
) -> None:
    theirs = district.program("staff", community, name="王小明")
    colleague = district.program("staff", community)
    admin = district.person("administrator", district.code)
    link = _renew(admin, community, grant_of("王小明"))
    api = f"/api/v1/places/{community}"
    assert [one.get(api).status_code for one in (theirs, colleague)] == [200, 200]

    assert browser(district.app).send(link, {"password": "短"}).status_code == 422
    assert theirs.get(api).status_code == 200
    assert browser(district.app).send(link, {"password": PASSWORD}).status_code == 303

    assert [one.get(api).status_code for one in (theirs, colleague)] == [401, 200]
    assert acts("core.account.use_link") == [None, {"tokens_revoked": 1}]


def test_an_expired_link_is_refused(
    district: District, visitor: Browser, change: Callable[[str], None]
) -> None:
    link = f"/{district.code}/-/link/{district.link}"
    assert visitor.get(link).status_code == 200

    change("UPDATE one_time_link SET expires_at = now() WHERE one_time_link.tenant_id = :tenant")

    assert visitor.get(link).status_code == 409
    assert visitor.send(link, {"password": PASSWORD}).status_code == 409


def test_an_altered_link_and_one_of_another_district_lead_nowhere(
    district: District, new_district: Callable[[], District], visitor: Browser
) -> None:
    other = new_district()
    mine, theirs = str(district.link), str(other.link)
    tenant, id_, secret = mine.split(".")
    wrong = [
        f"{tenant}.{id_}.{secret[:-1]}{'A' if secret[-1] != 'A' else 'B'}",
        f"{tenant}.{id_}.",
        f"{tenant}.{theirs.split('.')[1]}.{secret}",
        f"{tenant}.{theirs.partition('.')[2]}",
        f"x.{id_}.{secret}",
        theirs,
        "x",
    ]
    for text in wrong:
        assert visitor.get(f"/{district.code}/-/link/{text}").status_code == 404, text
        answer = visitor.send(f"/{district.code}/-/link/{text}", {"password": PASSWORD})
        assert answer.status_code == 404, text
    assert visitor.get(f"/{other.code}/-/link/{theirs}").status_code == 200


def test_a_weak_password_is_refused_at_its_field_and_the_link_stays_good(
    district: District, visitor: Browser
) -> None:
    link = f"/{district.code}/-/link/{district.link}"
    for weak in ("a1B2c3D4e", "ababababababab", "长" * 300, ""):
        answer = visitor.send(link, {"password": weak})
        assert answer.status_code == 422
        assert re.findall(r'<li><a href="#field-(\w+)">', answer.text) == ["password"]
        assert not weak or weak not in answer.text

    assert visitor.send(link, {"password": PASSWORD}).status_code == 303


def test_a_new_link_ends_the_old_one(
    district: District, grant_of: Callable[[str], UUID], visitor: Browser
) -> None:
    admin = district.person("administrator", district.code)

    fresh = _renew(admin, district.code, grant_of("区管理员"))

    assert visitor.get(f"/{district.code}/-/link/{district.link}").status_code == 404
    assert visitor.get(fresh).status_code == 200


def test_of_two_uses_at_once_exactly_one_succeeds(
    district: District, race: Callable[..., list[Any]]
) -> None:
    link = f"/{district.code}/-/link/{district.link}"
    first, second = browser(district.app), browser(district.app)

    answers = race(
        "SELECT 1 FROM one_time_link WHERE one_time_link.tenant_id = :tenant FOR UPDATE",
        lambda: first.send(link, {"password": PASSWORD}).status_code,
        lambda: second.send(link, {"password": "另一个很长的密码一二三"}).status_code,
    )

    assert sorted(answers) == [303, 409]
    seen = [one.get(f"/{district.code}/-/me").status_code for one in (first, second)]
    assert sorted(seen) == [200, 302]


def _renew(admin: Browser, place: str, grant: UUID) -> str:
    answer = admin.send(f"/{place}/-/people/{grant}/link")
    assert answer.status_code == 200
    found = re.search(r'<code class="copyable">http://localhost([^<]+)</code>', answer.text)
    assert found is not None
    return found[1]
