"""What a job costs beside its work: the queue, a process, and a transaction for every chunk."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID

from flask import Flask

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site
from core import tenancy
from core.app import create_app
from core.clock import now
from core.config import load
from core.db import db, transaction
from core.jobs import service, serving
from core.jobs.contract import JobContext, JobType, Progress
from core.jobs.models import Job
from core.jobs.queue import LONG
from core.places import queries as places
from core.plugin_host.contract import Contribution, Manifest
from core.plugin_host.loading import Installed
from core.testing.world import SYSTEM

ROUNDS = 7
CHUNKS = 10
SECONDS = 0.2
MOST_SECONDS = 60
TENANT = int(DISTRICT)
NAME = "chunks.work.do"


def measure(site: Site) -> list[Row]:
    """Compare a job, from the wish to its end, with its chunks in a bare loop."""
    app = create_app(load(site.environ), installed=[_plugin()])
    worker = get_context("fork").Process(target=_work, args=(app,))
    worker.start()
    try:
        with app.app_context():
            _run_job()
            times = interleave({"job": _run_job, "bare": _run_bare}, ROUNDS)
            db.engine.dispose()
    finally:
        worker.terminate()
        worker.join()
    return [
        Row(
            f"a job of {CHUNKS} chunks of {SECONDS * 1000:.0f} ms",
            Figure.of(times["job"], "s"),
            Figure.of(times["bare"], "s"),
            ratios(times["job"], times["bare"]),
            Goal("ratio", "≤", 1.1),
            "asked for, carried by Valkey, run by a process that the worker forks, progress and a"
            " line of the log committed after every chunk; yardstick: the chunks in a loop",
        )
    ]


def _plugin() -> Installed:
    return Installed(
        "chunks",
        entry="bench.jobs:chunks",
        distribution="bench",
        version="1",
        author="bench",
        state="ready",
        manifest=Manifest("chunks", "Chunks", "Waits", levels=("district",)),
        contribution=Contribution(jobs=(JobType(NAME, "Wait", _chunks),)),
        folder=Path(__file__).parent,
    )


def _chunks(_ctx: JobContext) -> Iterator[Progress]:
    for number in range(1, CHUNKS + 1):
        time.sleep(SECONDS)
        yield Progress(number, CHUNKS, f"Chunk {number} is done.")


def _run_bare() -> float:
    start = time.perf_counter()
    for _ in range(CHUNKS):
        time.sleep(SECONDS)
    return time.perf_counter() - start


def _work(app: Flask) -> None:
    with app.app_context():
        serving.work([LONG])


def _run_job() -> float:
    start = now()
    with tenancy.enter(TENANT):
        with transaction():
            place = places.by_code(DISTRICT)
            assert place is not None
            job_id = service.start_job(SYSTEM, place.view, NAME, {})
        db.session.remove()
        return (_end_of(job_id) - start).total_seconds()


def _end_of(job_id: UUID) -> datetime:
    """Look for the job's end seldom enough to leave the processors to the job."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.1)
        with transaction():
            job = db.session.get_one(Job, (TENANT, job_id))
            state, done, run, ended = job.state, job.done, job.run, job.finished_at
        db.session.remove()
        if ended is not None:
            if (state, done, run) != ("done", CHUNKS, 1):
                raise RuntimeError(f"the job ended as {state} in run {run} with {done} chunks")
            return ended
    raise RuntimeError("the job does not end")
