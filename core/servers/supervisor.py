"""Run the processes of ``linli up``: start, start again what died, stop all in time.

Each child leads a session of its own: Ctrl-C in the terminal reaches only the supervisor, and
whatever a child left behind can be found and ended.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Self, TextIO

from core.servers.child import Child, Process
from core.servers.errors import ServersError
from core.servers.ports import port_is_free
from core.servers.printer import Printer

__all__ = ["Child", "port_is_free", "supervise"]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
STOP_SECONDS = 7.0
CHECK_SECONDS = 1.0
TICK = 0.05


def supervise(
    children: Sequence[Child],
    *,
    check: Callable[[], None] | None = None,
    on_ready: Callable[[], None] | None = None,
    ready: Callable[[], bool] | None = None,
    out: TextIO | None = None,
) -> int:
    """Keep the children running until SIGINT, SIGTERM or SIGHUP; call it in the main thread.

    A child that died is started again after half a second, then after twice as long each time, up
    to ten seconds; one that ran for ten seconds begins anew. On a signal all are asked to end and
    killed after seven seconds, together with everything they started.

    Args:
        check: called every second; a ServersError it raises is printed, once while it lasts.
        ready: asked until it says True; then ``on_ready`` is called once.
        out: where the children's lines go, each behind its child's name; standard output if None.

    Returns:
        The exit status 0.

    Raises:
        ServersError: a child's program cannot be started at all.
    """
    printer = Printer(out or sys.stdout, max((len(child.name) for child in children), default=0))
    processes = [Process(child, printer) for child in children]
    chores = _Chores(check, ready, on_ready, printer)
    with _Signals() as signals:
        try:
            for each in processes:
                each.start()
            while not signals.came:
                for each in processes:
                    each.keep_alive()
                with signals.interrupting():
                    chores.run()
                time.sleep(TICK)
        except _Stop:
            pass
        finally:
            _stop(processes)
            printer.finish()
    return 0


class _Chores:
    """What the caller wants done meanwhile."""

    def __init__(
        self,
        check: Callable[[], None] | None,
        ready: Callable[[], bool] | None,
        on_ready: Callable[[], None] | None,
        printer: Printer,
    ) -> None:
        self._check = check
        self._ready = ready
        self._on_ready = on_ready
        self._printer = printer
        self._next_check = 0.0
        self._complaint = ""

    def run(self) -> None:
        if self._on_ready is not None and (self._ready is None or self._ready()):
            on_ready, self._on_ready = self._on_ready, None
            on_ready()
        if self._check is not None and time.monotonic() >= self._next_check:
            self._run_check(self._check)
            self._next_check = time.monotonic() + CHECK_SECONDS

    def _run_check(self, check: Callable[[], None]) -> None:
        try:
            check()
        except ServersError as error:
            if str(error) != self._complaint:
                self._complaint = str(error)
                self._printer.line("servers", self._complaint)
        else:
            self._complaint = ""


class _Stop(BaseException):
    """A signal came during a chore that may take long."""


class _Signals:
    """Remembers a signal to stop, and lets it interrupt what would delay the stop."""

    def __init__(self) -> None:
        self.came = False
        self._interrupts = False

    def __enter__(self) -> Self:
        # Under nohup a closed terminal is no reason to stop.
        nohup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        numbers = STOP_SIGNALS if nohup else (*STOP_SIGNALS, signal.SIGHUP)
        self._before = {number: signal.signal(number, self._handle) for number in numbers}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @contextmanager
    def interrupting(self) -> Iterator[None]:
        """In the block, a signal raises _Stop."""
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def _handle(self, number: int, frame: FrameType | None) -> None:
        self.came = True
        if self._interrupts:
            self._interrupts = False
            raise _Stop


def _stop(processes: Sequence[Process]) -> None:
    """Ask all to end, wait, and kill those that did not."""
    for each in processes:
        each.ask_to_end()
    deadline = time.monotonic() + STOP_SECONDS
    while any(each.alive for each in processes) and time.monotonic() < deadline:
        time.sleep(TICK)
    for each in processes:
        each.end()
