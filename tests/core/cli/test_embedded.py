"""Commands on a fresh LINLI_HOME: they bring their own servers and take them down again."""

from __future__ import annotations

import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.places import divisions
from core.servers import status


@pytest.fixture
def fresh(linli: Any) -> Iterator[Any]:
    """The command with nothing set but a home that does not exist yet."""
    folder = Path(tempfile.mkdtemp(prefix="linli-cli-", dir="/tmp"))
    folder.chmod(0o755)
    made = linli.with_settings({"LINLI_HOME": str(folder / "var")})
    yield made
    left = status(made.home)
    shutil.rmtree(folder)
    assert (left.running, left.processes, left.holders) == (False, {}, ())


def test_from_nothing_to_a_district(fresh: Any) -> None:
    servers = fresh.alone("doctor", "--json").json["servers"]
    assert (servers["kind"], servers["running"], servers["processes"]) == ("embedded", False, {})
    assert not fresh.home.exists()

    upgraded = fresh.alone("db", "upgrade", "--json").json
    assert [(row["history"], row["up_to_date"]) for row in upgraded] == [
        ("core", True),
        ("evaluation", True),
        ("red_property", True),
        ("volunteer", True),
    ]
    made = fresh.alone("tenant", "create", "620602", "--admin-phone", "13800000000", "--json").json
    assert made["streets"] + made["communities"] == len(divisions.places_of("620602"))
    assert stat.S_IMODE((fresh.home / "secrets.json").stat().st_mode) == 0o600

    listed, shown, plugins = fresh.all(
        ("tenant", "list", "--json"), ("tenant", "show", "620602", "--json"), ("plugin", "list")
    )
    assert [row["tenant"] for row in listed.json] == [620602]
    assert shown.json["community"] == made["communities"]
    assert (plugins.status, plugins.err) == (0, "")


def test_a_home_that_cannot_be_used_is_one_line(fresh: Any) -> None:
    fresh.home.write_text("not a folder")
    for done in fresh.all(("tenant", "list"), ("db", "upgrade"), ("doctor",), ("up",)):
        assert (done.status, done.out) == (1, "")
        assert done.err.splitlines() == [
            f"linli: {fresh.home}/secrets.json cannot be read: [Errno 20] Not a directory:"
            f" '{fresh.home}/secrets.json'"
        ]
    fresh.home.unlink()
