"""The supervisor, run as a process and stopped by signals, as ``linli up`` is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.servers import ServersError, status
from core.servers.supervisor import port_is_free

PRELUDE = """
import os, sys, time
from core.servers import ServersError, status
from core.servers.supervisor import Child, supervise
def child(name, code):
    code = "import os, signal, subprocess, sys, time\\n" + code
    return Child(name, (sys.executable, "-uc", code), dict(os.environ))
"""
TALKS = "print('here', os.getpid())\\ntime.sleep(60)"
IGNORES = (
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\nprint('here', os.getpid())\\ntime.sleep(60)"
)
LEAVES_ONE = (
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    "print('here', subprocess.Popen(['sleep', '60'], process_group=0).pid)\\ntime.sleep(60)"
)

Start = Callable[[str], "Up"]


class Up:
    """A supervisor and what it prints."""

    def __init__(self, script: str, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PRELUDE + script], stdout=out, stderr=subprocess.STDOUT
            )

    @property
    def lines(self) -> list[str]:
        return self._log.read_text("utf-8").splitlines()

    def wait_for(self, text: str, times: int = 1) -> list[str]:
        deadline = time.monotonic() + 15
        while len(found := [line for line in self.lines if text in line]) < times:
            assert time.monotonic() < deadline, self.lines
            time.sleep(0.02)
        return found

    def stop(self, number: signal.Signals) -> float:
        """Send the signal; return how long the end took, in seconds."""
        started = time.monotonic()
        self.process.send_signal(number)
        assert self.process.wait(15) == 0, self.lines
        return time.monotonic() - started


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Up] = []

    def run(script: str) -> Up:
        made.append(Up(script, tmp_path / f"{len(made)}.log"))
        return made[-1]

    yield run
    for each in made:
        if each.process.poll() is None:
            each.stop(signal.SIGTERM)


def pid_in(line: str) -> int:
    return int(line.rpartition(" ")[2])


def test_a_killed_child_is_restarted_and_all_stop_on_ctrl_c(start, living):
    up = start(f'supervise([child("web", "{TALKS}"), child("worker", "{TALKS}")])')
    web, worker = sorted(up.wait_for("here", 2))[:2]
    assert (web, worker) == (f"web    | here {pid_in(web)}", f"worker | here {pid_in(worker)}")

    os.kill(pid_in(web), signal.SIGKILL)
    up.wait_for("web    | was ended by signal 9; starting it again in 0.5 seconds")
    again = up.wait_for("web    | here", 2)[1]
    assert pid_in(again) != pid_in(web)

    assert up.stop(signal.SIGINT) < 3
    assert living(map(pid_in, (web, again, worker))) == []


def test_a_child_that_keeps_ending_is_restarted_less_and_less_often(start):
    up = start('supervise([child("web", "sys.exit(3)")])')
    up.wait_for("starting", 3)
    assert up.lines[:3] == [
        f"web | ended with exit status 3; starting it again in {delay} seconds"
        for delay in ("0.5", "1", "2")
    ]


def test_stop_is_in_time_even_for_a_child_that_ignores_it(start, living):
    up = start(
        f'supervise([child("deaf", "{IGNORES}"), child("web", "{TALKS}"),'
        f' child("parent", "{LEAVES_ONE}")])'
    )
    pids = [pid_in(line) for line in up.wait_for("here", 3)]
    assert 6.5 < up.stop(signal.SIGTERM) < 9.5
    assert living(pids) == []


def test_a_signal_does_not_wait_for_a_long_check(start):
    up = start(
        "def check():\n    print('checking', flush=True)\n    time.sleep(60)\n"
        f'supervise([child("web", "{TALKS}")], check=check)'
    )
    up.wait_for("checking")
    up.wait_for("here")
    assert up.stop(signal.SIGTERM) < 3


def test_servers_that_died_are_started_again_and_stopped_in_the_end(start, home, living):
    up = start(
        "from pathlib import Path\nfrom core.servers import hold\n"
        f"with hold(Path({str(home)!r}), durable=False) as held:\n"
        f'    supervise([child("web", "{TALKS}")], check=held.check)'
    )
    up.wait_for("here")
    before = status(home).processes
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 15
    while set((after := status(home)).processes.values()) & set(before.values()) or (
        not after.running
    ):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert up.stop(signal.SIGTERM) < 9.5
    assert living([*before.values(), *after.processes.values()]) == []


def test_ready_is_told_once_and_a_failing_check_is_printed_once(start):
    up = start(
        "asked = []\n"
        "def check():\n    asked.append(1)\n    raise ServersError('PostgreSQL is ill.')\n"
        f'supervise([child("web", "{TALKS}")], check=check, ready=lambda: len(asked) > 1,\n'
        "    on_ready=lambda: print('ready', flush=True))"
    )
    up.wait_for("ready")
    up.stop(signal.SIGTERM)
    assert [line for line in up.lines if "here" not in line] == [
        "servers | PostgreSQL is ill.",
        "ready",
    ]


def test_a_program_that_is_not_there_is_one_line(start):
    up = start(
        "try:\n"
        f'    supervise([child("web", "{TALKS}"), Child("worker", ("/no/such",), {{}})])\n'
        "except ServersError as error:\n    print(error)"
    )
    assert up.process.wait(10) == 0
    assert up.lines[-1] == (
        "worker cannot be started: [Errno 2] No such file or directory: '/no/such'"
    )


def test_a_port_that_is_taken_is_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(ServersError) as caught:
            port_is_free("127.0.0.1", port)
    assert str(caught.value) == (
        f"Port {port} on 127.0.0.1 is already in use. Choose another with --port."
    )
    port_is_free("127.0.0.1", port)


def test_a_host_that_is_not_here_is_one_line():
    with pytest.raises(ServersError, match=r"^Cannot use port 8000 on 192\.0\.2\.1: "):
        port_is_free("192.0.2.1", 8000)
