"""A process that is kept running, with all that it starts."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.servers.errors import ServersError
from core.servers.printer import Printer

SHORTEST_DELAY, LONGEST_DELAY = 0.5, 10.0
STEADY_SECONDS = 10.0
KILL_SECONDS = 1.0
PAUSE = 0.005


@dataclass(frozen=True)
class Child:
    """A process to keep running; ``env`` is its whole environment."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]


class Process:
    """A child, its present process and when it may be started again."""

    def __init__(self, child: Child, printer: Printer) -> None:
        self._child = child
        self._printer = printer
        self._process: subprocess.Popen[str] | None = None
        self._since = 0.0
        self._due = 0.0
        self._delay = 0.0

    def start(self) -> None:
        self._since = time.monotonic()
        try:
            self._process = subprocess.Popen(
                self._child.argv,
                env=dict(self._child.env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise ServersError(f"{self._child.name} cannot be started: {error}") from error
        self._printer.follow(self._child.name, self._process)

    def keep_alive(self) -> None:
        """Notice that the process died, and start it again when it is time."""
        if self._process is not None and not self.alive:
            lasted = time.monotonic() - self._since
            code = self.end()
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit status {code}"
            self._plan_start(how, steady=lasted >= STEADY_SECONDS)
        elif self._process is None and time.monotonic() >= self._due:
            try:
                self.start()
            except ServersError as error:
                self._plan_start(str(error), steady=False)

    def _plan_start(self, reason: str, *, steady: bool) -> None:
        again = 2 * self._delay if self._delay and not steady else SHORTEST_DELAY
        self._delay = min(again, LONGEST_DELAY)
        self._due = time.monotonic() + self._delay
        self._printer.line(
            self._child.name, f"{reason}; starting it again in {self._delay:g} seconds"
        )

    @property
    def alive(self) -> bool:
        """Whether the process runs. A dead one keeps its number until ``end()``."""
        if self._process is None:
            return False
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return os.waitid(os.P_PID, self._process.pid, flags) is None

    def ask_to_end(self) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGTERM)

    def end(self) -> int:
        """Kill what is left of the process and all it started; return its exit status."""
        if self._process is None:
            return 0
        _kill_session(self._process.pid)
        code = self._process.wait()
        self._process = None
        return code


def _kill_session(leader: int) -> None:
    """Kill all processes of a session, until none is left that could start another.

    Its leader has not been waited for yet, so the number cannot have gone to somebody else.
    """
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
    deadline = time.monotonic() + KILL_SECONDS
    while (members := _session(leader)) and time.monotonic() < deadline:
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(PAUSE)


def _session(leader: int) -> list[int]:
    """Living members of a session; none where there is no ``/proc`` to look into."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, _, session = stat.read_text("utf-8", "replace").rpartition(")")[2].split()[:4]
            if int(session) == leader and state not in "ZX":
                found.append(int(stat.parent.name))
    return found
