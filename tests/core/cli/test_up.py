"""``linli up``: one command starts everything, keeps it running, and takes it all down again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.places import divisions
from core.servers import status
from core.testing import world

LINLI = (sys.executable, "-m", "core.cli")
WORKERS = 2
PHONE = "13800000000"


def children(pid: int) -> dict[int, str]:
    """The living children of a process with their command lines."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if int(parent) == pid and state not in "ZX":
                found[int(folder.name)] = line
    return found


def family(pid: int) -> set[int]:
    """A process and all that descend from it."""
    return {pid}.union(*(family(child) for child in children(pid)))


def alive(pids: set[int]) -> set[int]:
    """Those that have not ended, whether or not their parent took note."""
    found = set()
    for pid in pids:
        with suppress(OSError):
            text = Path(f"/proc/{pid}/stat").read_text()
            if text.rpartition(")")[2].split()[0] not in "ZX":
                found.add(pid)
    return found


def until(holds: Callable[[], Any], seconds: float, what: str) -> Any:
    """Wait until this holds and return what it said."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
    return found


class Up:
    """``linli up`` on a home and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "var"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DATABASE_"))}
        self.environ = {**kept, "LINLI_HOME": str(self.home), "VALKEY_URL": ""}
        self.log = folder / "log"
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*LINLI, "up", "--port", str(self.port), "--workers", str(WORKERS)],
                env=self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def linli(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LINLI, *arguments], env=self.environ, capture_output=True, text=True, check=False
        )

    def status(self, path: str) -> int:
        """Answer of a page, asked for on a connection of its own; 0 without one."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as page:
                return int(page.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def wait(self) -> None:
        until(lambda: "Ctrl-C" in self.text or self.process.poll() is not None, 60, "starting")
        assert self.process.poll() is None, self.text

    @property
    def text(self) -> str:
        return self.log.read_text("utf-8")

    def child(self, what: str) -> int | None:
        """The number of the living child with this in its command line."""
        found = [pid for pid, line in children(self.process.pid).items() if what in line]
        return found[0] if found else None

    def web_workers(self) -> list[int]:
        master = self.child("gunicorn")
        return sorted(children(master)) if master else []

    def stop(self) -> float:
        """Send SIGTERM; return how long the end took, in seconds."""
        started = time.monotonic()
        self.process.terminate()
        assert self.process.wait(30) == 0, self.text
        return time.monotonic() - started


@contextmanager
def starting() -> Iterator[Up]:
    folder = Path(tempfile.mkdtemp(prefix="linli-up-", dir="/tmp"))
    folder.chmod(0o755)
    up = Up(folder)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """Everything running, for the tests of this file."""
    with starting() as made:
        made.wait()
        yield made


@pytest.fixture(scope="module")
def code(up: Up) -> str:
    """A district that was taken on board while everything runs."""
    found = next(world.unused_codes())
    made = up.linli("tenant", "create", found, "--admin-phone", PHONE, "--active")
    assert (made.returncode, made.stderr) == (0, "")
    return found


@pytest.fixture(scope="module")
def communities(code: str) -> list[str]:
    return [found for found, _name in divisions.places_of(code) if len(found) == 12]


def test_one_command_is_enough_for_a_page(up: Up, code: str, communities: list[str]) -> None:
    assert [line for line in up.text.splitlines() if "|" not in line] == [
        f"Linli is at http://127.0.0.1:{up.port}/ — Ctrl-C stops it."
    ]
    assert len(up.web_workers()) == WORKERS
    for path in ("/", "/healthz", f"/{code}", f"/{communities[0]}", f"/{code}/-/sign-in"):
        assert up.status(path) == 200, path
    assert up.status("/static/vendor/tabler.min.css") == 200
    assert up.status("/999999") == 404


def test_a_switch_is_obeyed_by_every_worker_on_the_next_request(
    up: Up, communities: list[str]
) -> None:
    here, next_door = (f"/{code}/volunteer/open" for code in communities[:2])

    def answers(path: str) -> list[int]:
        """Ask each web process twenty times, while the others are held."""
        found = []
        for asked in up.web_workers():
            held = [pid for pid in up.web_workers() if pid != asked]
            for pid in held:
                os.kill(pid, signal.SIGSTOP)
            try:
                found += [up.status(path) for _ in range(40 // WORKERS)]
            finally:
                for pid in held:
                    os.kill(pid, signal.SIGCONT)
        return found

    assert answers(here) == [404] * 40
    assert up.linli("plugin", "enable", communities[0], "volunteer").returncode == 0
    assert answers(here) == [200] * 40
    assert answers(next_door) == [404] * 40
    assert up.linli("plugin", "disable", communities[0], "volunteer").returncode == 0
    assert answers(here) == [404] * 40


def test_killed_processes_come_back_and_the_log_is_sealed_by_itself(
    up: Up, code: str, communities: list[str]
) -> None:
    workers, jobs = up.web_workers(), up.child("core.cli worker")
    assert jobs is not None
    os.kill(workers[0], signal.SIGKILL)
    os.kill(jobs, signal.SIGKILL)
    until(lambda: len(now := up.web_workers()) == WORKERS and workers[0] not in now, 15, "gunicorn")
    until(lambda: up.child("core.cli worker") not in (None, jobs), 15, "worker")
    assert [up.status("/") for _ in range(10)] == [200] * 10
    assert "worker | was ended by signal 9; starting it again in 0.5 seconds" in up.text

    assert up.linli("plugin", "enable", communities[2], "volunteer").returncode == 0
    unsealed = (
        "SELECT count(*) FROM audit_entry WHERE seal_number IS NULL"
        " AND tenant_id = nullif(current_setting('linli.tenant'), '')::int"
    )
    with psycopg.connect(up.linli("db", "url").stdout.strip(), autocommit=True) as connection:
        connection.execute(f"SET linli.tenant = '{code}'")
        counted = connection.execute(unsealed).fetchone()
        until(lambda: connection.execute(unsealed).fetchone() == (0,), 60, f"{counted} {up.text}")
    verified = up.linli("audit", "verify", code)
    assert verified.returncode == 0
    assert " 0 not sealed yet" in verified.stdout


def test_a_taken_port_is_one_line(up: Up) -> None:
    again = up.linli("up", "--port", str(up.port))
    assert (again.returncode, again.stdout, again.stderr) == (
        1,
        "",
        f"linli: Port {up.port} on 127.0.0.1 is already in use. Choose another with --port.\n",
    )
    assert up.status("/healthz") == 200


def test_a_signal_stops_all_of_it() -> None:
    with starting() as up:
        up.wait()
        found = family(up.process.pid) | set(status(up.home).processes.values())
        assert len(found) >= 1 + 3 + WORKERS + 2
        assert up.stop() < 10
        until(lambda: not alive(found), 1, f"still there: {alive(found)}")
        assert (status(up.home).running, status(up.home).holders) == (False, ())
        assert up.status("/") == 0
