"""``linli doctor``, ``key`` and ``demo``: what an installation is made of."""

from __future__ import annotations

import platform
import secrets
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from core.cli import demo
from core.config import load, new_ring_key
from core.places import divisions
from core.servers import Addresses

TALE = """
from core.sdk import Manifest, hookimpl

class Plugin:
    manifest = Manifest(id="broken", name="Broken", summary="Fails in one district.")

    @hookimpl
    def linli_demo_data(self, ctx):
        if ctx.district.code == "120101":
            raise ValueError("no seeds left")

plugin = Plugin()
"""


def test_doctor_tells_all_but_the_secrets_and_makes_nothing(
    linli: Any, addresses: Addresses
) -> None:
    secret = secrets.token_urlsafe(32)
    ring = new_ring_key("mine")
    more = {
        "LINLI_SECRET_KEY": secret,
        "LINLI_KEY_RING": ring,
        "VALKEY_URL": "redis://linli:hush@cache.example:6379/0",
    }
    data = linli("doctor", "--json", **more)
    text = linli("doctor", **more)
    for secret_part in (secret, ring.partition(":")[2], "hush"):
        assert secret_part not in data.out + text.out + data.err + text.err
    assert data.json == {
        "version": version("linli"),
        "python": platform.python_version(),
        "settings": [
            {"name": name, "value": value, "source": source}
            for name, value, source in (
                ("LINLI_MODE", "development", "default"),
                ("LINLI_HOME", linli.settings["LINLI_HOME"], "environment"),
                ("DATABASE_URL", addresses.database_url, "environment"),
                ("DATABASE_OWNER_URL", addresses.database_owner_url, "environment"),
                ("VALKEY_URL", "redis://linli:***@cache.example:6379/0", "environment"),
                ("LINLI_SECRET_KEY", "(hidden)", "environment"),
                ("LINLI_KEY_RING", "(hidden)", "environment"),
                ("LINLI_PLUGINS", "strict", "environment"),
                ("LINLI_BASE_URL", "http://127.0.0.1:8000", "default"),
                ("LINLI_PROXIES", "0", "default"),
            )
        ],
        "servers": {"kind": "configured by DATABASE_URL and VALKEY_URL"},
        "plugins": [
            {"id": plugin, "version": version("linli"), "state": "ready", "reason": ""}
            for plugin in ("evaluation", "red_property", "volunteer")
        ],
    }
    lines = text.out.splitlines()
    assert lines[0] == f"linli {version('linli')} on Python {platform.python_version()}"
    assert [line for line in lines if line and not line.startswith(" ")][1:] == [
        "Settings",
        "Servers",
        "Plugins",
    ]
    assert "  LINLI_SECRET_KEY = (hidden)  (environment)" in lines
    assert f"  volunteer {version('linli')}: ready" in lines
    assert not Path(linli.settings["LINLI_HOME"]).exists()


def test_key_new_is_a_key_that_the_configuration_takes(linli: Any, tmp_path: Path) -> None:
    first, second, unnamed = (
        done.out.strip()
        for done in linli.all(("key", "new", "k2"), ("key", "new", "k2"), ("key", "new"))
    )
    assert first != second
    config = load({"LINLI_HOME": str(tmp_path), "LINLI_KEY_RING": f"{first},{unnamed}"})
    names = [key.partition(":")[0] for key in (first, unnamed)]
    assert list(config.key_ring) == names
    assert names[0] == "k2"
    assert {len(key) for key in config.key_ring.values()} == {32}


def test_the_demo_is_made_once(scratch: Any) -> None:
    seed = ("demo", "--seed-only")
    first, second = scratch.all(seed, seed, LINLI_MODE="demo")
    assert (first.status, first.err) == (0, "")
    assert second == first
    assert demo.PASSWORD in first.out
    for person in demo.PEOPLE:
        assert f"http://127.0.0.1:8000/{person.place[:6]}/-/sign-in   {person.login} " in first.out

    districts = scratch("tenant", "list", "--json").json
    assert [(d["route_code"], d["status"]) for d in districts] == [
        (code, "active") for code in sorted(demo.DISTRICTS)
    ]
    shown = scratch.all(*[("tenant", "show", code, "--json") for code in demo.DISTRICTS])
    for code, done in zip(demo.DISTRICTS, shown, strict=True):
        places = [c for c, _name in divisions.places_of(code)]
        assert done.json["street"] + done.json["community"] == len(places)
    again = scratch("user", "create", "510114001018", "--name", "周敏", "--login", "chongyi")
    assert again.refusal == (1, "", "linli: login: This user name is taken.\n")


def test_the_demo_stays_out_of_production_and_of_foreign_databases(scratch: Any) -> None:
    assert scratch("demo", "--seed-only").refusal == (
        1,
        "",
        "linli: The demo has a known password: set LINLI_MODE=demo to use DATABASE_URL.\n",
    )
    done = scratch(
        *("demo", "--seed-only"),
        LINLI_MODE="production",
        LINLI_SECRET_KEY=secrets.token_urlsafe(32),
        LINLI_KEY_RING=new_ring_key("k1"),
        LINLI_BASE_URL="https://linli.example",
    )
    assert done.refusal == (
        1,
        "",
        "linli: LINLI_MODE is production: the demo has a known password and stays out.\n",
    )
    assert scratch("db", "current").status == 1


def test_the_demo_names_a_plugin_that_fails_and_goes_on(
    scratch: Any, broken_plugin: Callable[[str], dict[str, str]]
) -> None:
    site = broken_plugin(TALE)
    done = scratch.alone("demo", "--seed-only", LINLI_MODE="demo", **site)
    assert (done.status, demo.PASSWORD in done.out) == (0, True)
    failures = [line for line in done.err.splitlines() if line.startswith("linli:")]
    assert failures == ["linli: 120101: no demo data of broken: ValueError: no seeds left"]
