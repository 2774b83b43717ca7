"""A fresh LINLI_HOME for each test, and other processes that hold its servers."""

from __future__ import annotations

import multiprocessing
import os
import pwd
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from core.servers import Addresses, ServersError, hold, status

FORK = multiprocessing.get_context("fork")


class Holder:
    """A process that holds the servers of a home until told to leave.

    It is forked: starting Python anew takes longer than starting the servers, and ``user`` may not
    be able to read Python at all.
    """

    def __init__(self, home: Path, **options: Any) -> None:
        self._pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_hold, args=(home, theirs), kwargs=options, daemon=True)
        self.process.start()
        theirs.close()

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def wait(self) -> Addresses:
        """Return the addresses when the process has its hold, or raise what kept it from it."""
        answer = self._pipe.recv()
        if isinstance(answer, Exception):
            raise answer
        addresses: Addresses = answer
        return addresses

    def leave(self) -> None:
        self.tell_to_leave()
        self.wait_for_end()

    def tell_to_leave(self) -> None:
        self._pipe.send("leave")

    def wait_for_end(self) -> None:
        self.process.join(20)
        assert self.process.exitcode == 0

    def crash(self) -> None:
        self.process.kill()
        self.process.join(20)


def _hold(
    home: Path,
    pipe: Connection,
    user: pwd.struct_passwd | None = None,
    first_packages: Path | None = None,
    umask: int = 0o022,
    durable: bool = False,
) -> None:
    os.umask(umask)
    if first_packages:
        sys.path.insert(0, str(first_packages))
    if user:
        os.setgroups([])
        os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
        os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    try:
        held = hold(home, durable=durable)
    except ServersError as error:
        pipe.send(error)
        return
    pipe.send(held.addresses)
    pipe.recv()
    held.release()


@pytest.fixture
def living() -> Callable[[Iterable[int]], list[int]]:
    """Pick those processes that have not ended, whether or not their parent took note."""

    def state(pid: int) -> str:
        try:
            return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return "gone"

    def pick(pids: Iterable[int]) -> list[int]:
        found = list(pids)
        # The kernel frees the locks of a process just before its number.
        deadline = time.monotonic() + 1
        while found and time.monotonic() < deadline:
            found = [pid for pid in found if state(pid) not in ("gone", "Z")]
        return found

    return pick


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are closed to others."""
    made = Path(tempfile.mkdtemp(prefix="linli-test-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def home(folder: Path) -> Iterator[Path]:
    """A LINLI_HOME whose servers must have stopped when the test ends."""
    path = folder / "var"
    yield path
    left = status(path)
    for pid in left.processes.values():
        os.kill(pid, 9)
    assert (left.holders, left.processes) == ((), {})


@pytest.fixture
def holder(home: Path) -> Iterator[Callable[..., Holder]]:
    """Make processes that hold the servers of ``home``."""
    made: list[Holder] = []

    def make(**options: Any) -> Holder:
        made.append(Holder(home, **options))
        return made[-1]

    yield make
    for each in made:
        if each.process.is_alive():
            each.crash()
