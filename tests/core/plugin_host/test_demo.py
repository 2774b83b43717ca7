"""Demo data of plugins: what core does for them, again and again, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib.metadata import EntryPoint

import pytest
from flask import Flask

from core.db import db
from core.plugin_host.demo import PASSWORD, fill, waves
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed, discover
from core.sdk import Organisation, ServiceArea, coverage
from core.testing import world
from core.testing.world import SYSTEM, District

Shelf = Callable[..., EntryPoint]
HOOK = "@hookimpl\ndef linli_demo_data(self, ctx): story(ctx)\n"
MEASURES = (
    "@hookimpl\n"
    "def linli_indicators(self): return [Indicator(f'{self.manifest.id}.count', 'n', 'n', 'year',"
    " lambda period: select(Place.id.label('place_id'), Place.id.label('value')))]\n"
)
STORY = """
from datetime import date
def story(ctx):
    street = ctx.place({community!r}[:9])
    community = ctx.place({community!r})
    ctx.enable("volunteer", community)
    inspector = ctx.person("inspector", "高翔", street, "staff")
    assert inspector.can("core.place.view", community) and inspector.works_in(street)
    company = ctx.organisation("property_company", "安居物业", "91110000600037341L", ctx.district)
    ctx.serve(company, community, date(2024, 7, 1))
    committee = ctx.organisation("owners_committee", "业委会", None, community)
    ctx.serve(committee, community, date(2025, 1, 1))
"""


@pytest.fixture
def teller(
    shelf: Shelf, make_app: Callable[[list[Installed]], Flask], in_app: Callable[[Flask], District]
) -> Callable[[str], tuple[District, Installed]]:
    """This test's district beside Volunteer and a plugin that tells this story there."""

    def make(story: str) -> tuple[District, Installed]:
        installed = discover("strict", [shelf("tale", story, HOOK)]) + [
            plugin for plugin in discover("strict") if plugin.id == "volunteer"
        ]
        return in_app(make_app(installed)), installed[0]

    return make


def tell(district: District, plugin: Installed) -> str:
    with district.app.app_context(), world.tenancy.enter(district.tenant):
        return fill(plugin, SYSTEM, district.code)


def test_telling_it_again_changes_nothing(
    teller: Callable[[str], tuple[District, Installed]], district: District, community: str
) -> None:
    here, plugin = teller(STORY.format(community=community))

    def made() -> tuple[object, ...]:
        with here.entered():
            areas = db.session.query(ServiceArea).order_by(ServiceArea.served_from).all()
            names = db.session.query(Organisation.name).order_by(Organisation.name).all()
            on = coverage("volunteer", here.place(here.code).view).active
            return (
                [(area.id, area.served_from, area.served_to) for area in areas],
                [name for (name,) in names],
                [place.code for place in on],
            )

    assert [tell(here, plugin), tell(here, plugin)] == ["", ""]
    first = made()
    assert tell(here, plugin) == ""
    assert made() == first
    days = [day for _, day, _ in first[0]]  # type: ignore[attr-defined]
    assert (days, first[1:]) == (
        [date(2024, 7, 1), date(2025, 1, 1)],
        (["业委会", "安居物业"], [community]),
    )
    account = {"account": "inspector", "password": PASSWORD}
    signed_in = world.browser(here.app).send(f"/{here.code}/-/sign-in", account)
    assert (signed_in.status_code, signed_in.location) == (303, f"/{community[:9]}/-/")


def test_a_story_that_fails_leaves_nothing_behind(
    teller: Callable[[str], tuple[District, Installed]], community: str
) -> None:
    story = f"def story(ctx):\n    ctx.enable('volunteer', ctx.place({community!r}))\n    {{}}\n"
    endings = {
        "raise KeyError('seed')": "KeyError: 'seed'",
        "ctx.seed()": "AttributeError: 'DemoContext' object has no attribute 'seed'",
    }
    for ending, reason in endings.items():
        here, plugin = teller(story.format(ending))
        assert tell(here, plugin) == reason
        with here.entered():
            assert coverage("volunteer", here.place(here.code).view).active == ()
    here, plugin = teller(story.format("db.session.commit()"))
    reason = "TransactionSpoilt: It ended the transaction, which is core's to end."
    assert tell(here, plugin) == reason


def test_who_measures_tells_first_and_whoever_requires_tells_later(shelf: Shelf) -> None:
    story = "def story(ctx): pass\n"
    entries = [
        shelf("atlas", story, HOOK, manifest=", requires=('zebra',)"),
        shelf("bees", story, HOOK + MEASURES, manifest=", requires=('yard',)"),
        shelf("clay", story, HOOK),
        shelf("yard", story, HOOK),
        shelf("zebra", story, HOOK),
        shelf("zinc", story, MEASURES),
    ]
    first, others = waves(PluginHost(discover("strict", entries)))
    assert [plugin.id for plugin in first] == ["yard", "bees"]
    assert [plugin.id for plugin in others] == ["clay", "zebra", "atlas"]
