"""Designing schemes: templates, versions that stay, and what cannot be published."""

from __future__ import annotations

from typing import Any

import pytest

from core.accounts.actor import Actor
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.paging import Paging
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from tests.plugins.evaluation.town import CRITERIA, FEWER, MORE, RULES, SCORE, VETO, Town

HOURS = {"title": "时长", "kind": "indicator", "weight": 4000, "full": 6000}


def draft(town: Town, *criteria: Any, **rules: Any) -> Any:
    scheme = service.schemes.create(SYSTEM, town.street, RULES | rules)
    version = service.schemes.new_version(SYSTEM, town.street, scheme.id)
    for one in criteria:
        service.schemes.put_criterion(SYSTEM, town.street, version.id, None, one)
    return version


def refused(call: Any, *args: Any) -> Any:
    """Return the kind of a refusal and the fields it names."""
    with pytest.raises(LinliError) as error:
        call(*args)
    fields = getattr(error.value, "fields", None) or {error.value.field: None}
    return type(error.value), set(fields)


def test_templates_are_complete_examples(town: Town) -> None:
    with town.district.entered():
        for template, at in zip(
            queries.templates(),
            (town.street, town.communities[0], town.communities[0]),
            strict=True,
        ):
            scheme = service.schemes.copy_template(SYSTEM, at, template.key)
            found = queries.scheme(at, scheme.id)
            assert (found.versions[0].weight, len(found.versions)) == (10_000, 1)
            assert "示例" in scheme.title and "示例" in template.summary
            publish = (service.schemes.publish, SYSTEM, at, found.versions[0].version.id)
            assert refused(*publish) == (Invalid, {"objections_to"})
            said = {"objections_to": "街道办事处"}
            service.schemes.change_version(SYSTEM, at, found.versions[0].version.id, said)
            publish[0](*publish[1:])


def test_a_template_for_places_that_are_not_below_is_refused(town: Town) -> None:
    with town.district.entered():
        at = town.communities[0]
        assert refused(service.schemes.copy_template, SYSTEM, at, "community_year") == (
            Invalid,
            {"contestants"},
        )
        with pytest.raises(NotFound):
            service.schemes.copy_template(SYSTEM, at, "no_such")


@pytest.mark.parametrize(
    ("criteria", "fields"),
    [
        ((SCORE | {"weight": 9900},), {"weight"}),
        ((SCORE | {"weight": 10000}, MORE), {"weight"}),
        ((), {"weight"}),
        ((VETO,), {"weight"}),
        ((SCORE | {"weight": 10000, "scorers": " "},), {"scorers"}),
        (
            (SCORE | {"weight": 5000}, SCORE | {"weight": 5000, "title": "又一项"}),
            {"tie_order"},
        ),
        (
            (SCORE | {"weight": 1, "scorers": ""}, FEWER | {"tie_order": 1}),
            {"weight", "scorers", "tie_order"},
        ),
    ],
)
def test_what_cannot_be_published_says_why_all_at_once(
    town: Town, criteria: Any, fields: set[str]
) -> None:
    with town.district.entered():
        version = draft(town, *criteria)
        assert refused(service.schemes.publish, SYSTEM, town.street, version.id) == (
            Invalid,
            fields,
        )
        assert version.published_at is None


def test_the_sum_of_the_weights_is_said(town: Town) -> None:
    with town.district.entered():
        version = draft(town, SCORE | {"weight": 9900})
        with pytest.raises(Invalid) as error:
            service.schemes.publish(SYSTEM, town.street, version.id)
        assert [str(said) for said in error.value.fields["weight"]] == [
            "The weights sum to 99.00. They must sum to 100."
        ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"weight": 0}, "weight"),
        ({"weight": 10_001}, "weight"),
        ({"full": 0}, "full"),
        ({"full": 10**12 + 1}, "full"),
        ({"kind": "indicator", "indicator": "volunteer.none"}, "indicator"),
        ({"kind": "indicator", "indicator": None}, "indicator"),
    ],
)
def test_a_criterion_that_cannot_be(town: Town, change: dict[str, Any], field: str) -> None:
    with town.district.entered():
        version = draft(town)
        put = service.schemes.put_criterion
        assert refused(put, SYSTEM, town.street, version.id, None, SCORE | change) == (
            Invalid,
            {field},
        )


def test_an_indicator_must_measure_those_who_compete(town: Town) -> None:
    with town.district.entered():
        hours = HOURS | {"indicator": "volunteer.hours"}
        put = service.schemes.put_criterion
        assert put(SYSTEM, town.street, draft(town).id, None, hours).scorers is None
        courtyards = draft(town, contestants="courtyard")
        assert refused(put, SYSTEM, town.street, courtyards.id, None, hours) == (
            Invalid,
            {"indicator"},
        )


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ({"contestants": "district"}, {"contestants"}),
        ({"contestants": "street"}, {"contestants"}),
        ({"cycle": "week"}, {"cycle"}),
        ({"cycle": "month", "rhythm": "quarter"}, {"rhythm"}),
        ({"notice_days": 3, "objection_days": 4}, {"objection_days"}),
    ],
)
def test_rules_that_contradict_each_other(
    town: Town, rules: dict[str, Any], fields: set[str]
) -> None:
    with town.district.entered():
        before = queries.schemes(town.street, Paging()).total
        assert refused(service.schemes.create, SYSTEM, town.street, RULES | rules) == (
            Invalid,
            fields,
        )
        assert queries.schemes(town.street, Paging()).total == before


def test_a_published_version_stays_and_a_season_keeps_it(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        detail = queries.season(town.street, season.id)
        scheme, first = detail.scheme, detail.version
        change, put = service.schemes.change_version, service.schemes.put_criterion
        for call, args in (
            (change, (first.id, {"notice_days": 30})),
            (put, (first.id, "c1", SCORE)),
            (service.schemes.remove_criterion, (first.id, "c1")),
            (service.schemes.publish, (first.id,)),
        ):
            assert refused(call, SYSTEM, town.street, *args)[0] is Conflict

        second = service.schemes.new_version(SYSTEM, town.street, scheme.id)
        assert service.schemes.new_version(SYSTEM, town.street, scheme.id).id == second.id
        change(SYSTEM, town.street, second.id, {"notice_days": 30, "title": "新名称"})
        assert refused(change, SYSTEM, town.street, second.id, {"cycle": "year"}) == (
            Conflict,
            {"cycle"},
        )
        service.schemes.remove_criterion(SYSTEM, town.street, second.id, "c3")
        put(SYSTEM, town.street, second.id, "c1", SCORE | {"weight": 7500, "title": "卫生"})
        assert put(SYSTEM, town.street, second.id, None, VETO).key == "c3"
        service.schemes.publish(SYSTEM, town.street, second.id)

        found = queries.scheme(town.street, scheme.id)
        assert [(one.version.number, one.version.notice_days) for one in found.versions] == [
            (2, 30),
            (1, 7),
        ]
        kept = queries.season(town.street, season.id)
        assert [one.title for one in kept.criteria] == [str(one["title"]) for one in CRITERIA]
        listed = queries.schemes(town.street, Paging(1, 200)).rows
        assert [
            (one.published, one.draft, one.seasons) for one in listed if one.scheme.id == scheme.id
        ] == [(2, None, 1)]


def test_others_have_no_schemes_here(town: Town) -> None:
    with town.district.entered():
        version = draft(town, SCORE)
        scheme_id = version.scheme_id
        neighbour = town.communities[0]
        for call, args in (
            (queries.scheme, (neighbour, scheme_id)),
            (service.schemes.new_version, (SYSTEM, neighbour, scheme_id)),
            (service.schemes.publish, (SYSTEM, neighbour, version.id)),
            (service.schemes.put_criterion, (SYSTEM, neighbour, version.id, "c1", SCORE)),
            (service.schemes.put_criterion, (SYSTEM, town.street, version.id, "c9", SCORE)),
        ):
            with pytest.raises(NotFound):
                call(*args)
        staff = town.person("staff", town.street_code)
        nobody = Actor(None, "nobody")
        for who in (staff, nobody):
            with pytest.raises(Forbidden):
                service.schemes.publish(who, town.street, version.id)
