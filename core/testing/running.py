"""A running Linli for tests that kill processes, empty Valkey and watch what survives."""

from __future__ import annotations

import os
import shutil
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

LINLI = (sys.executable, "-m", "core.cli")
WORKERS = 2


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
