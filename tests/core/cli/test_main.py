"""Every command: its help, its exit status, and one line on the error output."""

from __future__ import annotations

import importlib.metadata
import socket
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner

from core.cli.main import linli as group
from core.config import new_ring_key
from core.servers import Addresses
from core.testing.world import District


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, inner in sorted(command.commands.items()):
            yield from commands(inner, (*path, name))


@pytest.mark.parametrize("path", list(commands(group)), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(group, [*path, "--help"], prog_name="linli")
    assert (shown.exit_code, shown.stderr) == (0, "")
    usage, _, rest = shown.output.partition("\n\n")
    assert usage.startswith(" ".join(("Usage: linli", *path)))
    assert rest.startswith("  ")
    assert rest.splitlines()[0].strip()


def test_help_and_version_are_no_error(linli: Any) -> None:
    found = linli.all(("-h",), ("db", "upgrade", "--help"), ("--version",))
    assert [(done.status, done.err) for done in found] == [(0, "")] * 3
    assert found[2].out == f"linli {importlib.metadata.version('linli')}\n"


def test_wrong_usage_is_one_line_with_status_2(linli: Any) -> None:
    linli.refused(
        {
            ("tenants",): "No such command 'tenants'. Did you mean 'tenant'? See `linli --help`.",
            ("tenant", "create", "120101"): (
                "Missing option '--admin-phone'. See `linli tenant create --help`."
            ),
            ("tenant", "show"): "Missing argument 'CODE'. See `linli tenant show --help`.",
            ("tenant", "list", "--yaml"): (
                "No such option '--yaml'. See `linli tenant list --help`."
            ),
            ("plugin", "allow", "120101", "volunteer", "maybe"): (
                "Invalid value for '{available|mandatory|forbidden}': 'maybe' is not one of"
                " 'available', 'mandatory', 'forbidden'. See `linli plugin allow --help`."
            ),
            ("up", "--port", "65536"): (
                "Invalid value for '--port': 65536 is not in the range 1<=x<=65535."
                " See `linli up --help`."
            ),
        },
        status=2,
    )


def test_a_group_alone_shows_its_help(linli: Any) -> None:
    for done in linli.all((), ("tenant",)):
        assert done.status == 2
        assert done.err.startswith("Usage: linli")


def test_a_setting_that_cannot_be_used_is_one_line(linli: Any) -> None:
    assert linli.alone("tenant", "list", VALKEY_URL="").refusal == (
        1,
        "",
        "linli: VALKEY_URL is missing: set both DATABASE_URL and VALKEY_URL, or neither.\n",
    )


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which nobody answers."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def test_servers_that_do_not_answer_are_one_line(linli: Any, nobody: int) -> None:
    database = f"postgresql://app:hush@127.0.0.1:{nobody}/linli"
    valkey = f"redis://:hush@127.0.0.1:{nobody}/0"
    away = linli.all(
        ("tenant", "list"),
        ("db", "upgrade"),
        ("demo", "--seed-only"),
        LINLI_MODE="demo",
        DATABASE_URL=database,
        DATABASE_OWNER_URL=database,
    )
    away += linli.all(("worker",), ("cron",), VALKEY_URL=valkey)
    for name, done in zip(("database",) * 3 + ("Valkey",) * 2, away, strict=True):
        assert (done.status, done.out) == (1, "")
        (line,) = done.err.splitlines()
        assert f"{name} does not answer: " in line
        assert line.startswith("linli: ")
        assert "hush" not in line


def test_jobs_do_not_run_as_a_role_that_sees_every_tenant(linli: Any, addresses: Addresses) -> None:
    owner = addresses.database_owner_url
    for done in linli.all(("worker",), ("cron",), DATABASE_URL=owner):
        assert done.refusal == (
            1,
            "",
            "linli: DATABASE_URL: its role owns the tables, so it could read every tenant."
            " Use an ordinary role, and DATABASE_OWNER_URL for migrations.\n",
        )


def test_a_key_ring_that_lacks_the_key_is_one_line(linli: Any, district: District) -> None:
    ring = new_ring_key("other")
    done = linli(
        "user",
        "create",
        district.code,
        "--name",
        "王五",
        "--phone",
        "13812345678",
        LINLI_KEY_RING=ring,
    )
    assert done.refusal == (1, "", "linli: LINLI_KEY_RING has no key 'test'\n")
