"""``linli up``: one command starts everything, keeps it running, and takes it all down again."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from core.places import divisions
from core.servers import status
from core.testing import world
from core.testing.running import WORKERS, Up, alive, family, starting, until

PHONE = "13800000000"


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
    seals = "core.cli worker --queue linli "
    workers, jobs = up.web_workers(), up.child(seals)
    assert jobs is not None
    os.kill(workers[0], signal.SIGKILL)
    os.kill(jobs, signal.SIGKILL)
    until(lambda: len(now := up.web_workers()) == WORKERS and workers[0] not in now, 15, "gunicorn")
    until(lambda: up.child(seals) not in (None, jobs), 15, "worker")
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
        assert len(found) >= 1 + 4 + WORKERS + 2
        assert up.stop() < 10
        until(lambda: not alive(found), 1, f"still there: {alive(found)}")
        assert (status(up.home).running, status(up.home).holders) == (False, ())
        assert up.status("/") == 0
