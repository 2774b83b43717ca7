"""Reads of long work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.db import db
from core.errors import NotFound
from core.jobs.models import Job, JobLog
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView

MOST_LINES = 200


def listed(place_code: str, paging: Paging, *, state: str = "") -> Page[Any]:
    """Return one page of the jobs in a place's scope, newest first, each with its place."""
    query = (
        select(Job, Place.code, Place.name)
        .join(Place, Place.id == Job.place_id)
        .where(in_scope(Place, place_code))
        .order_by(Job.created_at.desc(), Job.id)
    )
    return paged(query.where(Job.state == state) if state else query, paging)


def get(place: PlaceView, job_id: UUID) -> Job:
    """Return a job of ``place`` itself.

    Raises:
        NotFound: no such job at ``place``.
    """
    job = db.session.execute(
        select(Job).filter_by(id=job_id, place_id=place.id)
    ).scalar_one_or_none()
    if job is None:
        raise NotFound()
    return job


def last_lines(job: Job) -> list[JobLog]:
    """Return the last lines of a job's log, oldest first."""
    lines = db.session.execute(
        select(JobLog)
        .filter_by(job_id=job.id)
        .order_by(JobLog.at.desc(), JobLog.id.desc())
        .limit(MOST_LINES)
    ).scalars()
    return list(lines)[::-1]
