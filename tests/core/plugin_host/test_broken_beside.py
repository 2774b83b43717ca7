"""An application with broken plugins serves its pages and says what is wrong with them."""

import html
from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

from flask import Flask

from core.plugin_host.loading import Installed, discover
from core.testing.world import Browser, District, browser

Shelf = Callable[..., EntryPoint]
MakeApp = Callable[[list[Installed]], Flask]
InApp = Callable[[Flask], District]

PAGE = "@pages.page('/', public=True)\ndef index(ctx): return 'good morning'\n"
PAGES = "@hookimpl\ndef linli_pages(self): return pages\n"
BAD_RELATIONSHIP = """
class Base(DeclarativeBase):
    metadata = new_metadata()
class Thing(TenantScoped, Base):
    __tablename__ = 'p_lost__thing'
    other: Mapped['Nowhere'] = relationship('Nowhere')
"""


def test_the_application_centre_shows_the_reason_and_everything_else_works(
    shelf: Shelf, make_app: MakeApp, in_app: InApp, community: str
) -> None:
    tables = "@hookimpl\ndef linli_tables(self): return Tables(Base.metadata, Path('.'))"
    entries = [
        shelf("bad", source="raise SystemExit('gone <home>')"),
        shelf("future", group="linli.plugins.v2"),
        shelf("lost", BAD_RELATIONSHIP, tables),
        shelf("good", PAGE, PAGES),
    ]
    here = in_app(make_app(discover("normal", entries)))
    admin = here.person("administrator", community)

    index = admin.get(f"/{community}/-/apps")
    assert (index.status_code, "名 good" in index.text) == (200, True)
    reasons = {
        "bad": "failed: SystemExit('gone <home>')",
        "future": "incompatible: written for linli.plugins.v2, this is linli.plugins.v1",
    }
    for plugin, reason in reasons.items():
        page = admin.get(f"/{community}/-/apps/{plugin}")
        assert page.status_code == 200
        assert f'<code lang="en">{reason}</code>' in html.unescape(page.text)
    assert "<home>" not in admin.get(f"/{community}/-/apps/bad").text
    for plugin in ("bad", "future", "lost"):
        assert admin.send(f"/{community}/-/apps/{plugin}/enable").status_code == 409
        assert admin.get(f"/{community}/{plugin}/").status_code == 404
    assert admin.send(f"/{community}/-/apps/good/enable").status_code == 303
    assert browser(here.app).get(f"/{community}/good/").text == "good morning"
    for path in ("", "/-/", "/-/people", "/-/audit"):
        assert admin.get(f"/{community}{path}").status_code == 200, path


def test_switching_in_one_process_is_seen_by_another_on_the_next_request(
    district: District, community: str, make_app: MakeApp, in_app: InApp, visitor: Browser
) -> None:
    admin = district.person("administrator", community)
    there = browser(in_app(make_app(discover("strict"))).app)
    activities = f"/{community}/volunteer/open"
    seen: list[Any] = []

    for act in ("enable", "disable", "enable"):
        seen.append((visitor.get(activities).status_code, there.get(activities).status_code))
        assert admin.send(f"/{community}/-/apps/volunteer/{act}").status_code == 303
    seen.append((visitor.get(activities).status_code, there.get(activities).status_code))

    assert seen == [(404, 404), (200, 200), (404, 404), (200, 200)]
