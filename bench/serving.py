"""gunicorn as in service, and load on it from another process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.community import CHINESE

ROOT = Path(__file__).resolve().parents[1]
WORKERS, THREADS = 2, 4
START_SECONDS = 60.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Load:
    """Answers per second, and the web processes' CPU time for one answer in milliseconds."""

    rate: float
    cpu: float


@dataclass(frozen=True)
class Server:
    """A gunicorn on 127.0.0.1; ``session`` is the session that all its processes are in."""

    port: int
    session: int

    def load(self, path: str, seconds: float, more: Mapping[str, str] | None = None) -> Load:
        """Ask for ``path`` as fast as answers come.

        Raises:
            RuntimeError: an answer was not what it should be, or none came.
        """
        headers = {"Host": f"127.0.0.1:{self.port}", "Accept": "text/html", **CHINESE}
        headers |= more or {}
        lines = [f"GET {path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items()), "", ""]
        before = _cpu_seconds(self.session)
        done = subprocess.run(
            [sys.executable, "-m", "bench.load", str(self.port), str(seconds)],
            input="\r\n".join(lines).encode(),
            cwd=ROOT,
            capture_output=True,
            timeout=seconds + 30,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{path}: {done.stderr.decode().strip()}")
        spent = _cpu_seconds(self.session) - before
        found = json.loads(done.stdout)
        return Load(found["answers"] / found["seconds"], 1000 * spent / found["answers"])


@contextmanager
def serve(application: str, environ: Mapping[str, str]) -> Iterator[Server]:
    """Serve a WSGI application, and end it with all its workers."""
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", application),
            *("--bind", f"127.0.0.1:{port}", "--workers", str(WORKERS)),
            *("--worker-class", "gthread", "--threads", str(THREADS)),
            *("--graceful-timeout", "2", "--log-level", "warning"),
        ],
        cwd=ROOT,
        env={**os.environ, **environ},
        start_new_session=True,
    )
    try:
        _wait_until_it_answers(process, port)
        yield Server(port, process.pid)
    finally:
        _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"gunicorn ended with status {process.returncode}")
        with suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)
            connection.request("GET", "/healthz")
            connection.getresponse()
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn does not answer")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end, then end its session, in which is nothing but what it started."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _cpu_seconds(session: int) -> float:
    """Return the CPU time that the living processes of a session have used (Linux only)."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text("utf-8", "replace").rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
