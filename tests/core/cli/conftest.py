"""The command ``linli``: processes of their own, their outputs and their status."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from core.servers import Addresses
from core.testing.fixtures import KEY_RING

SETTINGS = ("LINLI_", "DATABASE_", "VALKEY_")
SERVER = """
import gc, json, os, sys
from importlib import import_module
from core.cli.main import main
for name in ("plugins.volunteer", "sqlalchemy.dialects.postgresql.psycopg"):
    import_module(name)
gc.freeze()
for line in sys.stdin:
    order = json.loads(line)
    if not (pid := os.fork()):
        os.environ.clear()
        os.environ.update(order["environ"])
        for stream, path in ((1, order["out"]), (2, order["err"])):
            os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY), stream)
        main(order["arguments"])
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
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


class Forker:
    """A process that has imported the command and forks one process for each use of it.

    Importing takes longer than most commands do.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, arguments: Sequence[str], environ: Mapping[str, str]) -> Done:
        assert self._process.stdin is not None and self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            paths = {end: str(Path(folder, end)) for end in ("out", "err")}
            order = {"arguments": arguments, "environ": dict(environ), **paths}
            print(json.dumps(order), file=self._process.stdin, flush=True)
            status = int(self._process.stdout.readline())
            out, err = (Path(paths[end]).read_text("utf-8") for end in ("out", "err"))
            return Done(status, out, err)

    def end(self) -> None:
        self._process.communicate(timeout=20)


class Linli:
    """Runs ``linli`` with these settings and no others."""

    def __init__(self, settings: Mapping[str, str], forker: Forker) -> None:
        self.settings = dict(settings)
        self._forker = forker

    def __call__(self, *arguments: str, **more: str) -> Done:
        return self._forker.run(arguments, self._environ(more))

    def alone(self, *arguments: str, **more: str) -> Done:
        """Run it in a fresh process, as an operator's shell does."""
        done = subprocess.run(
            [sys.executable, "-m", "core.cli", *arguments],
            env=self._environ(more),
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def with_settings(self, settings: Mapping[str, str]) -> Linli:
        return Linli(settings, self._forker)

    def all(self, *commands: tuple[str, ...], **more: str) -> list[Done]:
        """Run several commands one after the other; return what became of each."""
        return [self(*command, **more) for command in commands]

    def _environ(self, more: Mapping[str, str]) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(SETTINGS)}
        return {**kept, **self.settings, **more}

    @property
    def home(self) -> Path:
        return Path(self.settings["LINLI_HOME"])

    @staticmethod
    def printed(value: Any) -> str:
        """What ``--json`` prints for this value."""
        return json.dumps(value, ensure_ascii=False) + "\n"

    def refused(self, refusals: Mapping[tuple[str, ...], str], status: int = 1) -> None:
        """Check that each command ends with ``status`` and prints this one line alone."""
        found = self.all(*refusals)
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


@pytest.fixture(scope="session")
def forker() -> Iterator[Forker]:
    made = Forker()
    yield made
    made.end()


@pytest.fixture
def linli(settings: dict[str, str], forker: Forker) -> Linli:
    """The command on the database of the application under test."""
    return Linli(settings, forker)


@pytest.fixture
def scratch(linli: Linli, addresses: Addresses) -> Iterator[Linli]:
    """The command on an empty database of this test's own."""
    owner = make_url(addresses.database_owner_url)
    name = f"cli_{next(_numbers)}"
    url = owner.set(drivername="postgresql", username="postgres").render_as_string()
    with psycopg.connect(url, autocommit=True) as root:
        root.execute(f"CREATE DATABASE {name} OWNER linli_owner")
        own = {
            variable: make_url(linli.settings[variable]).set(database=name).render_as_string()
            for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
        }
        yield linli.with_settings(linli.settings | own)
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
