"""``linli db``: the schema moves, and says where it stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg

CORE = {"history": "core", "current": "0011", "head": "0011", "up_to_date": True}
EVALUATION = {"history": "evaluation", "current": "0001", "head": "0001", "up_to_date": True}
RED_PROPERTY = {"history": "red_property", "current": "0001", "head": "0001", "up_to_date": True}
VOLUNTEER = {"history": "volunteer", "current": "0002", "head": "0002", "up_to_date": True}
EVERY = [CORE, EVALUATION, RED_PROPERTY, VOLUNTEER]
BEHIND = {"current": "", "up_to_date": False}
BROKEN = """
from pathlib import Path
from core.sdk import Manifest, Tables, hookimpl, new_metadata

class Plugin:
    manifest = Manifest(id="broken", name="Broken", summary="Its migration fails.")

    @hookimpl
    def linli_tables(self):
        return Tables(new_metadata(), Path(__file__).parent / "versions")

plugin = Plugin()
"""
FAILING = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "0001", None, None, None

def upgrade():
    op.execute("CREATE TABLE p_broken__half (id int)")
    op.execute("SELECT 1 / 0")
"""


def test_up_down_and_where_it_stands(scratch: Any) -> None:
    current = ("db", "current", "--json")
    empty, upgraded, stands, text, down, behind, up = scratch.all(
        current,
        ("db", "upgrade", "--json"),
        current,
        ("db", "current"),
        ("db", "downgrade", "volunteer", "base", "--json"),
        current,
        ("db", "upgrade"),
    )
    assert (empty.status, empty.err) == (1, "")
    assert empty.out == scratch.printed([history | BEHIND for history in EVERY])
    assert upgraded.json == stands.json == EVERY
    assert text.out.splitlines() == [
        "history\tcurrent\thead\tup_to_date",
        "core\t0011\t0011\tTrue",
        "evaluation\t0001\t0001\tTrue",
        "red_property\t0001\t0001\tTrue",
        "volunteer\t0002\t0002\tTrue",
    ]
    assert down.json == VOLUNTEER | BEHIND
    assert (behind.status, behind.err) == (1, "")
    assert behind.out == scratch.printed([CORE, EVALUATION, RED_PROPERTY, VOLUNTEER | BEHIND])
    assert up.refusal == (0, text.out, "")


def test_url_is_for_psql(scratch: Any) -> None:
    app, owner = scratch.all(("db", "url"), ("db", "url", "--owner"))
    for done, role in ((app, "linli_app"), (owner, "linli_owner")):
        assert (done.status, done.err) == (0, "")
        with psycopg.connect(done.out.strip()) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_refusals_are_one_line(scratch: Any) -> None:
    assert scratch("db", "upgrade").status == 0
    scratch.refused(
        {
            ("db", "downgrade", "nosuch", "base"): "There is no schema history called 'nosuch'.",
            ("db", "downgrade", "core", "0099"): (
                "The migration of core failed and changed nothing:"
                " Can't locate revision identified by '0099'"
            ),
            ("db", "downgrade", "core", "base"): (
                "The migration of core failed and changed nothing:"
                " cannot drop table stored_file because other objects depend on it"
            ),
        }
    )
    without = "DATABASE_OWNER_URL is missing: migrations need the owner role."
    assert scratch("db", "upgrade", DATABASE_OWNER_URL="").refusal == (
        1,
        "",
        f"linli: {without}\n",
    )
    assert scratch("db", "current", "--json").json == EVERY


def test_a_plugin_whose_migration_fails_leaves_nothing(
    scratch: Any, broken_plugin: Callable[[str], dict[str, str]]
) -> None:
    path = broken_plugin(BROKEN)
    versions = scratch.home.parent / "site" / "versions"
    versions.mkdir()
    (versions / "broken_0001.py").write_text(FAILING)
    assert scratch.alone("db", "upgrade", **path).refusal == (
        1,
        "",
        "linli: The migration of broken failed and changed nothing: division by zero\n",
    )
    with psycopg.connect(scratch("db", "url", "--owner").out.strip()) as connection:
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(tables).fetchall() == []
