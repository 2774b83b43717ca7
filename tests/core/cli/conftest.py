"""The command ``linli`` as operators run it: a process of its own, its two outputs, its status."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.servers import Addresses
from core.testing.fixtures import KEY_RING

ENDS = ("out", "err")
SETTINGS = ("LINLI_", "DATABASE_", "VALKEY_")
BATCH = """
import gc, json, os, sys
from importlib import import_module
from pathlib import Path
from core.cli.main import main
for name in ("plugins.volunteer", "sqlalchemy.dialects.postgresql.psycopg"):
    import_module(name)
gc.freeze()
folder, in_order = Path(sys.argv[1]), sys.argv[2] == "steps"
running, status = {}, {}
def wait():
    pid, code = os.wait()
    status[running.pop(pid)] = os.waitstatus_to_exitcode(code)
for number, arguments in enumerate(json.loads(sys.argv[3])):
    if not (pid := os.fork()):
        for stream, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / f"{number}.{name}", os.O_CREAT | os.O_WRONLY), stream)
        main(arguments)
    running[pid] = number
    if in_order:
        wait()
while running:
    wait()
print(json.dumps([status[number] for number in sorted(status)]))
"""
_numbers = count(1)


@dataclass(frozen=True)
class Done:
    """A command that ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert (self.status, self.err) == (0, ""), self
        return json.loads(self.out)

    @property
    def refusal(self) -> tuple[int, str, str]:
        return self.status, self.out, self.err


class Linli:
    """Runs ``python -m core.cli`` with these settings and no others."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = dict(settings)

    def __call__(self, *arguments: str, **more: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            env=self.environ(more),
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def environ(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
        return {**kept, **self.settings, **more}

    def all(self, *commands: tuple[str, ...], **more: str) -> list[Done]:
        """Run several commands at once and return what became of each.

        They are processes forked from one, since importing takes longer than most of them.
        """
        return self._batch("all", commands, more)

    def steps(self, *commands: tuple[str, ...], **more: str) -> list[Done]:
        """Run several commands one after the other, in processes forked from one."""
        return self._batch("steps", commands, more)

    def _batch(
        self, how: str, commands: tuple[tuple[str, ...], ...], more: Mapping[str, str]
    ) -> list[Done]:
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-c", BATCH, folder, how, json.dumps(commands)],
                env=self.environ(more),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            return [
                Done(status, *(Path(folder, f"{n}.{end}").read_text("utf-8") for end in ENDS))
                for n, status in enumerate(json.loads(done.stdout))
            ]

    @property
    def home(self) -> Path:
        return Path(self.settings["LINLI_HOME"])

    @staticmethod
    def printed(value: Any) -> str:
        """What ``--json`` prints for this value."""
        return json.dumps(value, ensure_ascii=False) + "\n"

    def refused(self, refusals: Mapping[tuple[str, ...], str], status: int = 1) -> None:
        """Check that each command ends with ``status`` and prints this one line alone."""
        found = self.steps(*refusals)
        assert {c: done.refusal for c, done in zip(refusals, found, strict=True)} == {
            command: (status, "", f"linli: {line}\n") for command, line in refusals.items()
        }


@pytest.fixture
def settings(tmp_path: Path, addresses: Addresses) -> dict[str, str]:
    """The servers and keys of the application under test."""
    ring = ",".join(
        f"{name}:{base64.urlsafe_b64encode(key).decode()}" for name, key in KEY_RING.items()
    )
    return {
        "LINLI_HOME": str(tmp_path / "home"),
        "LINLI_KEY_RING": ring,
        "LINLI_PLUGINS": "strict",
        "DATABASE_URL": addresses.database_url,
        "DATABASE_OWNER_URL": addresses.database_owner_url,
        "VALKEY_URL": addresses.valkey_url,
    }


@pytest.fixture
def linli(settings: dict[str, str]) -> Linli:
    """The command on the database of the application under test."""
    return Linli(settings)


@pytest.fixture
def scratch(settings: dict[str, str], addresses: Addresses) -> Iterator[Linli]:
    """The command on an empty database of this test's own."""
    owner = make_url(addresses.database_owner_url)
    name = f"cli_{next(_numbers)}"
    url = owner.set(drivername="postgresql", username="postgres").render_as_string()
    with psycopg.connect(url, autocommit=True) as root:
        root.execute(f"CREATE DATABASE {name} OWNER linli_owner")
        own = {
            variable: make_url(settings[variable]).set(database=name).render_as_string()
            for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
        }
        yield Linli(settings | own)
        root.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def broken_plugin(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Install a distribution with one plugin ``broken``, whose module is this text."""

    def install(module: str) -> dict[str, str]:
        site = tmp_path / "site"
        about = site / "linli_broken-1.2.dist-info"
        about.mkdir(parents=True)
        (site / "linli_broken.py").write_text(module, "utf-8")
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: linli-broken\nVersion: 1.2\n")
        (about / "entry_points.txt").write_text(
            "[linli.plugins.v1]\nbroken = linli_broken:plugin\n"
        )
        return {"PYTHONPATH": str(site)}

    return install
