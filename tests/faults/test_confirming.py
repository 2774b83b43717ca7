"""Hours are confirmed once, whoever is killed in the middle of it."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.servers import status
from core.servers import valkey as valkey_server
from core.testing.running import until
from tests.faults.conftest import Site

PEOPLE = 500
LONG = 90.0


@pytest.mark.timeout(300)
def test_workers_are_killed_in_the_middle_of_500_attendances(here: Site) -> None:
    activity = here.activity(PEOPLE)
    first, *_others, last = here.attendances(activity)
    path = f"/{here.code}/volunteer/{activity}/hours"
    assert here.post(path, [("line", str(first)), (f"hours-{first}", "2")]) == 303

    with here.the_ledger_blocked(last):
        assert here.post(f"{path}/all") == 303
        until(here.somebody_waits, LONG, "the job did not reach the ledger")
        confirmed = "SELECT count(minutes_confirmed) FROM p_volunteer__attendance"
        assert here.one(confirmed) == 1
        here.kill_workers()
    until(lambda: not here.somebody_waits(), LONG, "the dead worker's statement goes on")
    assert here.one(confirmed) == 1
    assert here.job(activity) == ("running", 1)

    here.let_the_lease_run_out()
    until(lambda: here.job(activity)[0] == "done", LONG, here.up.text)
    assert here.job(activity) == ("done", 2)
    here.check_books(activity)


@pytest.mark.timeout(300)
def test_a_web_process_is_killed_in_the_middle_of_a_confirmation(here: Site) -> None:
    activity = here.activity(100)
    lines = here.attendances(activity)
    path = f"/{here.code}/volunteer/{activity}/hours"
    chosen = [pair for a in lines for pair in (("line", str(a)), (f"hours-{a}", "2"))]

    with here.the_ledger_blocked(lines[-1]), ThreadPoolExecutor(1) as pool:
        sent = pool.submit(here.post, path, chosen)
        until(here.somebody_waits, 30, "the request did not reach the ledger")
        for pid in here.up.web_workers():
            os.kill(pid, signal.SIGKILL)
        assert sent.result() == 0
    until(lambda: not here.somebody_waits(), 30, "the dead request's statement goes on")
    assert here.one(_CONFIRMED, a=activity) == 0

    until(lambda: here.up.status("/healthz") == 200, 30, "gunicorn did not come back")
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda _: here.post(path, chosen), range(2)))
    assert answers == [303, 409]
    here.check_books(activity)


@pytest.mark.timeout(300)
def test_valkey_is_emptied_and_killed_while_hours_wait(here: Site) -> None:
    first, second = here.activity(50), here.activity(50)
    valkey = status(here.up.home).processes[valkey_server.NAME]
    with here.workers_stopped():
        assert here.post(f"/{here.code}/volunteer/{first}/hours/all") == 303
        here.empty_valkey()
        os.kill(valkey, signal.SIGKILL)
        assert here.post(f"/{here.code}/volunteer/{second}/hours/all") == 303
    until(
        lambda: {here.job(first)[0], here.job(second)[0]} == {"done"},
        LONG,
        f"{here.job(first)} {here.job(second)} {here.up.text}",
    )
    assert status(here.up.home).processes[valkey_server.NAME] != valkey
    here.check_books(first, second)


_CONFIRMED = (
    "SELECT count(minutes_confirmed) FROM p_volunteer__attendance WHERE activity_id = %(a)s"
)
