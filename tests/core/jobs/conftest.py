"""Starting jobs, running them, and looking at what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from rq import Queue
from sqlalchemy import select, update

from core.clock import now
from core.db import db
from core.jobs import service, tasks
from core.jobs.models import Job, JobLog
from core.jobs.queue import LONG, queue
from core.testing.world import SYSTEM, District


class Work:
    """What can be done with jobs in one district."""

    def __init__(self, district: District, sample: ModuleType) -> None:
        self.district = district
        self.sample = sample
        self.here = district.communities[0]

    def start(
        self,
        count: int = 3,
        *,
        place: str | None = None,
        key: str = "",
        name: str = "sample.items.mark",
        **arguments: Any,
    ) -> UUID:
        with self.district.entered():
            at = self.district.place(place or self.here).view
            return service.start_job(SYSTEM, at, name, {"count": count, **arguments}, key=key)

    def run(self, job_id: UUID) -> None:
        with self.district.app.app_context():
            tasks.run_job(self.district.tenant, str(job_id))

    def row(self, job_id: UUID) -> Job:
        with self.district.entered():
            job = db.session.get_one(Job, (self.district.tenant, job_id))
            db.session.expunge(job)
            return job

    def state(self, job_id: UUID) -> tuple[Any, ...]:
        """State, done, total, run and result."""
        job = self.row(job_id)
        return job.state, job.done, job.total, job.run, job.result

    def log(self, job_id: UUID) -> list[str]:
        with self.district.entered():
            lines = db.session.execute(
                select(JobLog.line).filter_by(job_id=job_id).order_by(JobLog.at, JobLog.id)
            )
            return list(lines.scalars())

    def marked(self, place: str | None = None) -> list[int]:
        """The numbers that the job marked at a place."""
        with self.district.entered():
            at = self.district.place(place or self.here).view
            found: list[int] = self.sample.marked("sample.item.mark", at)
            return found

    def change(self, job_id: UUID, **values: Any) -> None:
        """Change the row behind the application's back."""
        with self.district.entered():
            table: Any = Job.__table__
            db.session.connection().execute(
                update(table)
                .where(table.c.tenant_id == self.district.tenant, table.c.id == job_id)
                .values(**values)
            )

    def let_lease_end(self, job_id: UUID) -> None:
        self.change(job_id, due_at=now() - timedelta(seconds=1))


@pytest.fixture
def work(sampled: District, sample: ModuleType) -> Work:
    """A district with the sample plugins on in its first community."""
    return Work(sampled, sample)


@pytest.fixture
def work_in(sample: ModuleType) -> Callable[[District], Work]:
    """The same in another district."""
    return lambda district: Work(district, sample)


@pytest.fixture
def long_queue(work: Work) -> Iterator[Queue]:
    """The queue of long work, empty before and after."""
    with work.district.app.app_context():
        carrier = queue(LONG)
        carrier.empty()
        yield carrier
        carrier.empty()
