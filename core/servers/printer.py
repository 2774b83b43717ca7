"""One stream for the lines of several processes, each line behind its process's name."""

from __future__ import annotations

import subprocess
import threading
import time
from contextlib import nullcontext
from typing import TextIO

LAST_LINES_SECONDS = 0.5


class Printer:
    """Writes whole lines of several children to one stream."""

    def __init__(self, out: TextIO, width: int) -> None:
        self._out = out
        self._width = width
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def follow(self, name: str, process: subprocess.Popen[str]) -> None:
        """Copy a process's output, in the background, until it ends."""
        thread = threading.Thread(target=self._copy, args=(name, process), daemon=True)
        thread.start()
        self._threads = [each for each in self._threads if each.is_alive()] + [thread]

    def finish(self) -> None:
        """Wait for the last lines, but not for a stream that something else keeps open."""
        deadline = time.monotonic() + LAST_LINES_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def line(self, name: str, text: str) -> None:
        with self._lock:
            try:
                self._out.write(f"{name:<{self._width}} | {text}\n")
                self._out.flush()
            except (OSError, ValueError):
                # Nobody listens any more; the children must still be able to write.
                pass

    def _copy(self, name: str, process: subprocess.Popen[str]) -> None:
        with process.stdout or nullcontext(()) as lines:
            for line in lines:
                self.line(name, line.rstrip("\r\n"))
