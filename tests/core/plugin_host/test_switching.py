"""Switching: the district decides, the community switches, and every span is kept."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select, text

from core.audit import attempt
from core.audit.models import AuditEntry
from core.clock import now
from core.db import db
from core.plugin_host import queries
from core.plugin_host.models import PluginEnablement, PluginPolicy
from core.testing.world import SYSTEM, Browser, District


def test_only_the_district_decides(district: District, community: str) -> None:
    local = district.person("administrator", community)
    clerk = district.person("staff", district.code)
    chief = district.person("administrator", district.code)
    forbid = {"policy": "forbidden"}

    assert [
        local.send(f"/{community}/-/apps/volunteer/policy", forbid).status_code,
        local.send(f"/{district.code}/-/apps/volunteer/policy", forbid).status_code,
        chief.send(f"/{community}/-/apps/volunteer/policy", forbid).status_code,
        chief.send(f"/{community[:9]}/-/apps/volunteer/policy", forbid).status_code,
        clerk.send(f"/{district.code}/-/apps/volunteer/policy", forbid).status_code,
    ] == [404, 404, 404, 404, 403]
    assert _policies(district) == {}
    assert chief.send(f"/{district.code}/-/apps/volunteer/policy", forbid).status_code == 303
    assert _policies(district) == {"volunteer": "forbidden"}


def test_an_unknown_policy_and_an_unknown_plugin_are_refused(district: District) -> None:
    chief = district.person("administrator", district.code)
    apps = f"/{district.code}/-/apps"

    assert [
        chief.send(f"{apps}/volunteer/policy", {"policy": "sometimes"}).status_code,
        chief.send(f"{apps}/volunteer/policy").status_code,
        chief.send(f"{apps}/nothing/policy", {"policy": "mandatory"}).status_code,
    ] == [422, 422, 404]
    assert _policies(district) == {}


def test_what_is_forbidden_is_gone_and_comes_back_when_the_ban_is_lifted(
    district: District, community: str, visitor: Browser
) -> None:
    admin = district.person("administrator", community)
    activities = f"/{community}/volunteer/open"
    district.enable("volunteer", community)
    assert visitor.get(activities).status_code == 200

    district.allow("volunteer", "forbidden")

    assert visitor.get(activities).status_code == 404
    assert admin.get(f"/{community}/volunteer/").status_code == 404
    assert admin.send(f"/{community}/-/apps/volunteer/enable").status_code == 409
    district.allow("volunteer", "available")
    assert visitor.get(activities).status_code == 200


def test_what_is_mandatory_is_on_in_every_community_and_stays_on(
    district: District, new_district: Callable[[], District], community: str, visitor: Browser
) -> None:
    other = new_district()
    admin = district.person("administrator", community)
    neighbour = district.neighbour(community)

    district.allow("volunteer", "mandatory")

    codes = (community, neighbour, other.communities[0])
    seen = [visitor.get(f"/{code}/volunteer/open").status_code for code in codes]
    assert seen == [200, 200, 404]
    assert admin.send(f"/{community}/-/apps/volunteer/disable").status_code == 409
    assert visitor.get(f"/{community}/volunteer/open").status_code == 200
    district.allow("volunteer", "available")
    assert visitor.get(f"/{community}/volunteer/open").status_code == 404


def test_who_may_switch(district: District, community: str) -> None:
    people = [
        district.person("administrator", district.neighbour(community)),
        district.person("staff", community),
        district.person("auditor", community),
    ]
    switch = f"/{community}/-/apps/volunteer/enable"

    assert [person.send(switch).status_code for person in people] == [404, 403, 403]
    assert _spans(district) == []
    chief = district.person("administrator", district.code)
    assert chief.send(f"/{community[:9]}/-/apps/volunteer/enable").status_code == 404
    assert chief.send(f"/{community}/-/apps/nothing/enable").status_code == 404
    assert chief.send(switch).status_code == 303
    assert _spans(district) == ["open"]


def test_every_span_is_kept(district: District, community: str) -> None:
    admin = district.person("administrator", community)
    for act in ("enable", "enable", "disable", "disable", "enable"):
        assert admin.send(f"/{community}/-/apps/volunteer/{act}").status_code == 303

    assert _spans(district) == ["closed", "open"]
    district.disable("volunteer", community)
    assert _spans(district) == ["closed", "closed"]


def test_every_word_is_kept_and_the_same_word_again_changes_nothing(district: District) -> None:
    chief = district.person("administrator", district.code)
    words = ("available", "mandatory", "mandatory", "forbidden", "available", "available")
    for policy in words:
        answer = chief.send(f"/{district.code}/-/apps/volunteer/policy", {"policy": policy})
        assert answer.status_code == 303

    with district.entered():
        spans = db.session.execute(
            select(PluginPolicy.policy, PluginPolicy.changed_at, PluginPolicy.ended_at).order_by(
                PluginPolicy.changed_at
            )
        ).all()
        acts = db.session.query(AuditEntry).filter_by(action="core.plugin.allow").all()
        assert [act.outcome for act in acts] == ["done"] * len(words)
    assert [span.policy for span in spans] == ["mandatory", "forbidden", "available"]
    assert [span.ended_at for span in spans] == [*(s.changed_at for s in spans[1:]), None]


def test_a_word_that_has_ended_counts_no_more(
    district: District, community: str, visitor: Browser
) -> None:
    district.enable("volunteer", community)
    with (
        district.entered(),
        attempt(SYSTEM, "core.plugin.allow", object_type="plugin", object_id="x", place_code="x"),
    ):
        db.session.add(PluginPolicy(plugin="volunteer", policy="forbidden", ended_at=now()))

    assert visitor.get(f"/{community}/volunteer/open").status_code == 200
    assert _policies(district) == {}


def test_of_two_switches_at_once_one_span_is_opened(district: District, community: str) -> None:
    first = district.person("administrator", community)
    second = district.person("administrator", district.code)
    switch = f"/{community}/-/apps/volunteer/enable"

    with ThreadPoolExecutor(2) as pool:
        with district.entered():
            place = district.place(community)
            db.session.add(PluginEnablement(place_id=place.id, plugin="volunteer"))
            db.session.flush()
            answers = [pool.submit(one.send, switch) for one in (first, second)]
            until = time.monotonic() + 20
            while _waiting() < 2 and time.monotonic() < until:
                time.sleep(0.02)
            assert _waiting() == 2
            db.session.rollback()
        statuses = [answer.result().status_code for answer in answers]

    assert statuses == [303, 303]
    assert _spans(district) == ["open"]


def _waiting() -> int:
    query = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    return db.session.connection().execute(query).scalar_one()


def _spans(district: District) -> list[str]:
    with district.entered():
        rows = db.session.execute(
            select(PluginEnablement).order_by(PluginEnablement.enabled_at)
        ).scalars()
        return ["open" if row.disabled_at is None else "closed" for row in rows]


def _policies(district: District) -> dict[str, str]:
    with district.entered():
        return queries.policies()
