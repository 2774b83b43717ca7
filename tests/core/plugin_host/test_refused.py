"""A bad plugin is set aside with its reason, and the one beside it runs."""

from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from core.plugin_host.checking import PluginRefused
from core.plugin_host.loading import discover

Shelf = Callable[..., EntryPoint]

PAGES = "@hookimpl\ndef linli_pages(self): return pages"
TABLES = "@hookimpl\ndef linli_tables(self): return Tables(Base.metadata, Path('.'))"
PAGE = "@pages.page('/', public=True)\ndef index(ctx): return ''\n"
BASE = """
class Base(DeclarativeBase):
    metadata = new_metadata()
"""
THING = BASE + "class Thing(TenantScoped, Base):\n    __tablename__ = 'p_bad__thing'\n"

SOURCES = {
    "import error": ("import nothing_of_the_kind", 'ModuleNotFoundError("No module named'),
    "exit": ("raise SystemExit('no')", "SystemExit('no')"),
    "syntax": ("plugin = (", "SyntaxError("),
    "no plugin": ("", "AttributeError("),
    "no manifest": ("plugin = object()", "the plugin object has no manifest"),
}

BODIES = {
    "misspelt hook": (
        "",
        "@hookimpl\ndef linli_pagez(self): return Pages()",
        "PluginValidationError(\"unknown hook 'linli_pagez' in plugin the plugin\")",
    ),
    "unmarked hook": (
        "",
        "def linli_pages(self): return Pages()",
        "linli_pages is not marked @hookimpl",
    ),
    "foreign table": (
        THING.replace("p_bad__", "p_good__"),
        TABLES,
        "table 'p_good__thing' does not begin with p_bad__",
    ),
    "core's table": (
        "from core.db import Base\n",
        TABLES,
        "its tables must be in a registry of its own",
    ),
    "no tenant": (
        BASE + "class Thing(Base):\n    __tablename__ = 'p_bad__thing'\n"
        "    id: Mapped[int] = mapped_column(primary_key=True)\n",
        TABLES,
        "the primary key of 'p_bad__thing' does not begin with tenant_id",
    ),
    "unpublished": (
        "from core.accounts.models import OneTimeLink\n"
        + THING
        + "    link_id: Mapped[UUID] = ref(OneTimeLink)\n",
        TABLES,
        "'p_bad__thing' refers to 'one_time_link', which is not published",
    ),
    "key without tenant": (
        THING + "    place_id: Mapped[UUID] = mapped_column(ForeignKey(Place.__table__.c.id))\n",
        TABLES,
        "a foreign key of 'p_bad__thing' does not name the tenant",
    ),
    "undeclared permission": (
        "@pages.page('/', permission='bad.thing.see')\ndef index(ctx): return ''\n",
        PAGES,
        "the page '/' needs an undeclared 'bad.thing.see'",
    ),
    "core's permission": (
        "",
        "@hookimpl\ndef linli_permissions(self):"
        " return [Permission('core.thing.see', 'x', ('staff',))]",
        "ValueError(\"permission 'core.thing.see' is not of the form bad.noun.verb\")",
    ),
    "open to whom?": (
        "@pages.page('/')\ndef index(ctx): return ''\n",
        PAGES,
        "ValueError(\"page '/' needs either a permission or public=True\")",
    ),
    "same name": (
        PAGE + PAGE.replace("'/'", "'/more'"),
        PAGES,
        "two pages have functions of the same name",
    ),
    "unknown page": (
        PAGE,
        PAGES + "\n@hookimpl\ndef linli_navigation(self):"
        " return [NavItem('x', 'indx', 'puzzle', public=True)]",
        "a menu entry leads to the unknown page 'indx'",
    ),
    "a job elsewhere": (
        "",
        "@hookimpl\ndef linli_jobs(self):"
        " return [JobType('bad.day.close', 'x', print, 'day', ('community', 'street'))]",
        "the job 'bad.day.close' has levels that the manifest lacks",
    ),
}


@pytest.mark.parametrize("case", SOURCES)
def test_a_module_that_gives_no_plugin(case: str, shelf: Shelf) -> None:
    source, reason = SOURCES[case]
    assert _of_bad(shelf, shelf("bad", source=source)).startswith(reason)


@pytest.mark.parametrize("case", BODIES)
def test_a_plugin_that_breaks_a_rule(case: str, shelf: Shelf) -> None:
    body, hooks, reason = BODIES[case]
    assert _of_bad(shelf, shelf("bad", body, hooks)) == reason


def test_a_relationship_that_leads_nowhere_is_found_at_load(shelf: Shelf) -> None:
    body = THING + "    other: Mapped['Nowhere'] = relationship('Nowhere')\n"
    reason = _of_bad(shelf, shelf("bad", body, TABLES))

    assert reason.startswith("InvalidRequestError(")
    assert "'Nowhere'" in reason


def test_a_manifest_under_another_name(shelf: Shelf) -> None:
    bad = shelf("worse", entry="bad")
    assert _of_bad(shelf, bad) == "its manifest says 'worse', its entry point 'bad'"


@pytest.mark.parametrize("id_", ["Bad", "bad-id", "b__d", "a" * 25, "1bad", ""])
def test_a_bad_id(id_: str, shelf: Shelf) -> None:
    rule = "is not 1–24 of a–z, 0–9 and single underscores"
    assert _of_bad(shelf, shelf(id_, entry="bad")) == repr(ValueError(f"the id {id_!r} {rule}"))


def test_who_keeps_personal_data_says_how_it_is_handed_out_and_erased(shelf: Shelf) -> None:
    keeps = ', personal_data=(PersonalData("名字", "报名", "一年"),)'
    plugin = discover("normal", [shelf("keeper", manifest=keeps)])[0]
    assert (plugin.state, plugin.reason) == (
        "failed",
        "it keeps personal data but has no linli_personal_data",
    )


def test_core_is_no_plugin(shelf: Shelf) -> None:
    bad = shelf("core", entry="bad")
    assert _of_bad(shelf, bad) == """ValueError("the id 'core' is taken")"""


def test_what_is_required_must_run_along_the_whole_chain(shelf: Shelf) -> None:
    entries = [
        shelf("a", manifest=", requires=('b',)"),
        shelf("b", manifest=", requires=('missing', 'c')"),
        shelf("c"),
    ]

    found = [(plugin.id, plugin.state, plugin.reason) for plugin in discover("normal", entries)]

    assert found == [
        ("a", "failed", "requires b"),
        ("b", "failed", "requires missing"),
        ("c", "ready", ""),
    ]
    with pytest.raises(PluginRefused, match=r"^a: requires b$"):
        discover("strict", entries)


def _of_bad(shelf: Shelf, bad: EntryPoint) -> str:
    """Load ``bad`` beside a good one; return why it was refused, always and in strict mode."""
    entries = [bad, shelf("good", PAGE, PAGES)]
    found = discover("normal", entries)
    assert [(plugin.id, plugin.state) for plugin in found] == [("bad", "failed"), ("good", "ready")]
    with pytest.raises(PluginRefused) as refusal:
        discover("strict", entries)
    reason = found[0].reason
    assert "Error(" in reason or str(refusal.value) == f"bad: {reason}"
    return reason
