"""One server as a detached process, alive as long as its lock file is held.

The server inherits the locked file and belongs to a session of its own, so the command that
started it may end first.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.servers import locks
from core.servers.errors import ServersError
from core.servers.placement import BARE_ENVIRONMENT, Place

START_SECONDS = 60.0
STOP_SECONDS = (2.0, 4.0, 2.0)
LARGEST_LOG = 10_000_000
PAUSE = 0.02

StopSignals = tuple[signal.Signals, signal.Signals, signal.Signals]
"""The polite one, the firm one and the last one."""

_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Server:
    """What there is to know about a server.

    ``prepare`` runs before each start, ``answers`` says whether it serves.
    """

    name: str
    place: Place
    argv: tuple[str, ...]
    prepare: Callable[[], None]
    answers: Callable[[], bool]

    @property
    def lock(self) -> Path:
        return lock_of(self.place, self.name)

    @property
    def log(self) -> Path:
        return self.place.folder / f"{self.name.lower()}.log"


def lock_of(place: Place, name: str) -> Path:
    """The file that a running server keeps locked, with its process number in it."""
    return place.run / f"{name.lower()}.lock"


def is_running(place: Place, name: str) -> bool:
    return locks.is_held(lock_of(place, name))


def start_all(servers: Sequence[Server]) -> None:
    """Start those servers that do not run, and return when all of them serve.

    Raises:
        ServersError: one ended instead, with its last words, or took longer than a minute.
    """
    launched = {server.name for server in servers if not is_running(server.place, server.name)}
    for server in servers:
        if server.name in launched:
            _launch(server)
    deadline = time.monotonic() + START_SECONDS
    for server in servers:
        while not server.answers():
            if not is_running(server.place, server.name):
                if server.name in launched:
                    raise ServersError(f"{server.name} did not start: {_last_words(server.log)}")
                # It had been killed, and the last of its children ended only now.
                _launch(server)
                launched.add(server.name)
            if time.monotonic() > deadline:
                raise ServersError(f"{server.name} does not answer; see {server.log}.")
            time.sleep(PAUSE)


def stop(place: Place, servers: Mapping[str, StopSignals]) -> None:
    """Stop all the named servers at the same time, and see that they ended.

    Raises:
        ServersError: one is still there after its last signal.
    """
    for step, patience in enumerate(STOP_SECONDS):
        for name in _running(place, servers):
            _send(place, name, servers[name][step])
        deadline = time.monotonic() + patience
        while _running(place, servers) and time.monotonic() < deadline:
            time.sleep(PAUSE)
    _reap()
    for name in _running(place, servers):
        pid = locks.signature(lock_of(place, name))
        raise ServersError(f"{name} (process {pid}) does not stop; please end it yourself.")


def _running(place: Place, names: Iterable[str]) -> list[str]:
    return [name for name in names if is_running(place, name)]


def _launch(server: Server) -> None:
    server.prepare()
    _reap()
    handle = locks.claim(server.lock)
    log = _open_log(server.log)
    try:
        process = subprocess.Popen(
            server.argv,
            cwd="/",
            env=BARE_ENVIRONMENT,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=[handle],
            **server.place.user.identity(),
        )
        locks.sign(handle, process.pid)
    finally:
        os.close(log)
        os.close(handle)
    _started.append(process)


def _send(place: Place, name: str, number: signal.Signals) -> None:
    pid = locks.signature(lock_of(place, name))
    if pid is None:
        return
    # Without it only its own children can be left, which notice and end.
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _reap() -> None:
    """Take note of servers of ours that ended, so that they do not stay behind as zombies."""
    _started[:] = [process for process in _started if process.poll() is None]


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return locks.open_private(path, os.O_APPEND)


def _last_words(log: Path) -> str:
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 4096))
        lines = file.read().decode("utf-8", "replace").splitlines()
    telling = [line for line in lines if "FATAL" in line] or lines or ["it gave no reason"]
    return f"{telling[-1].strip()} (see {log})"
