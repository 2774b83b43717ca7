"""A real worker is killed and its servers are taken away: nothing is lost, nothing done twice."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from rq import Worker

from core import migrate
from core.app import create_app
from core.config import Config, new_ring_key
from core.config import load as load_config
from core.db import db
from core.jobs import tasks, wakeup
from core.jobs.queue import connection
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.servers import hold, status
from core.servers.sharing import Hold
from core.testing import world
from core.testing.running import family, until
from core.testing.world import District
from tests.core.conftest import SAMPLES
from tests.core.jobs.conftest import Work

PATIENCE = 30.0


@dataclass
class Site:
    """Servers of this file's own, with the sample plugins installed."""

    held: Hold
    home: Path
    app: Flask
    environ: dict[str, str]

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen(
            [sys.executable, "-m", "core.cli", "worker"], env=self.environ, start_new_session=True
        )
        try:
            yield process
        finally:
            kill(process.pid)
            process.wait(20)

    def kill_server(self, name: str) -> None:
        pid = status(self.home).processes[name]
        os.kill(pid, signal.SIGKILL)
        until(lambda: name not in status(self.home).processes, PATIENCE, "the end of a server")

    def registered_workers(self) -> int:
        with self.app.app_context():
            return Worker.count(connection())

    def find_due(self) -> None:
        with self.app.app_context():
            tasks.find_due()


def kill(pid: int) -> None:
    """Kill a process and what it started, as a machine does that loses its power."""
    for each in sorted(family(pid)):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


@pytest.fixture(scope="module")
def site(samples: list[Installed], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = Path(tempfile.mkdtemp(prefix="linli-faults-", dir="/tmp"))
    home.chmod(0o755)
    packages = tmp_path_factory.mktemp("site")
    about = packages / "linli_sample-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: linli-sample\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(
        "[linli.plugins.v1]\nsample = linli_sample:sample\nneighbour = linli_sample:neighbour\n"
        "officer = linli_sample:officer\n"
    )
    with hold(home / "var", durable=False) as held:
        at = held.addresses
        environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("LINLI_", "DATABASE_"))},
            "LINLI_HOME": str(home / "var"),
            "LINLI_KEY_RING": new_ring_key("test"),
            "LINLI_SECRET_KEY": "secret-of-the-tests-" * 2,
            "DATABASE_URL": at.database_url,
            "VALKEY_URL": at.valkey_url,
            "PYTHONPATH": f"{packages}:{SAMPLES}",
        }
        migrate.upgrade(at.database_owner_url, "linli_app", PluginHost(samples).histories())
        config: Config = load_config(environ)
        app = create_app(config, installed=samples)
        yield Site(held, home / "var", app, environ)
        with app.app_context():
            db.engine.dispose()
    shutil.rmtree(home)


@pytest.fixture(scope="module")
def district(site: Site) -> District:
    made = world.onboard(site.app, next(world.unused_codes()))
    made.enable("sample", made.communities[0])
    return made


@pytest.fixture
def work(district: District, sample: ModuleType) -> Work:
    return Work(district, sample)


def test_a_job_whose_worker_is_killed_is_run_again_and_does_each_thing_once(
    site: Site, work: Work
) -> None:
    with site.worker() as first:
        job = work.start(20, seconds=0.05)
        until(lambda: work.row(job).done >= 5, PATIENCE, "five steps")
        kill(first.pid)
    seen = work.row(job)
    assert (seen.state, seen.run) == ("running", 1)
    assert 5 <= seen.done < 20
    assert work.marked() == list(range(seen.done))

    site.find_due()
    assert (work.row(job).run, (work.row(job).due_at - seen.due_at).total_seconds()) == (1, 0)
    work.let_lease_end(job)
    with site.worker():
        site.find_due()
        until(lambda: work.row(job).state == "done", PATIENCE, "the end of the job")
    assert work.state(job) == ("done", 20, 20, 2, {"marked": 20, "attempt": 2})
    assert work.marked() == list(range(20))
    assert work.log(job) == [f"第 {number} 项" for number in range(20)]


def test_a_worker_outlasts_its_servers_and_nothing_is_lost(
    site: Site, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeup, "AWAY_SECONDS", 0.0)
    done = len(work.marked())
    queued = [work.start(done + 2, key=key) for key in ("a", "b")]
    with site.app.app_context():
        connection().flushall()
    with site.worker() as process:
        until(site.registered_workers, PATIENCE, "the start of the worker")
        time.sleep(1)
        assert [work.row(job).state for job in queued] == ["queued", "queued"]
        site.find_due()
        until(
            lambda: {work.row(job).state for job in queued} == {"done"},
            PATIENCE,
            "what was emptied",
        )

        site.kill_server("Valkey")
        lost = work.start(done + 4, key="c")
        site.held.check()
        site.find_due()
        until(lambda: work.row(lost).state == "done", PATIENCE, "work after a restart of Valkey")

        site.kill_server("PostgreSQL")
        with site.app.app_context():
            db.engine.dispose()
        site.held.check()
        last = work.start(done + 6, key="d")
        until(
            lambda: work.row(last).state == "done", PATIENCE, "work after a restart of PostgreSQL"
        )
        assert process.poll() is None
        assert work.marked() == list(range(done + 6))

        process.terminate()
        assert process.wait(20) == 0
