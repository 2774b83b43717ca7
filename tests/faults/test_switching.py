"""A plugin is switched on and off under load, in two web processes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from core.testing.running import WORKERS
from tests.faults.conftest import Site

TIMES = 10


def test_switching_harms_no_request_but_the_plugins_own(here: Site) -> None:
    district, up = here.district, here.up
    assert len(up.web_workers()) == WORKERS == 2
    neighbour = district.neighbour(here.code)
    district.enable("volunteer", neighbour)
    paths = {
        f"/{here.code}": {200},
        f"/{here.code}/volunteer/open": {200, 404},
        f"/{neighbour}/volunteer/open": {200},
        f"/{neighbour}": {200},
    }
    over = Event()

    def ask(path: str) -> Counter[int]:
        seen: Counter[int] = Counter()
        while not over.is_set():
            seen[up.status(path)] += 1
        return seen

    with ThreadPoolExecutor(len(paths)) as pool:
        asked = {path: pool.submit(ask, path) for path in paths}
        for _ in range(TIMES):
            district.disable("volunteer", here.code)
            assert {up.status(f"/{here.code}/volunteer/open") for _ in range(6)} == {404}
            district.enable("volunteer", here.code)
            assert {up.status(f"/{here.code}/volunteer/open") for _ in range(6)} == {200}
        over.set()
    seen = {path: set(counts.result()) for path, counts in asked.items()}
    assert seen == paths
