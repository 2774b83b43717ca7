"""Long work of Volunteer: confirming all hours of an activity."""

from __future__ import annotations

from collections.abc import Generator
from uuid import UUID

from core.sdk import JobContext, JobType, Progress
from plugins.volunteer import queries, rules, service
from plugins.volunteer.texts import _, texts


def confirm_hours(job: JobContext) -> Generator[Progress, None, dict[str, int | str]]:
    """Confirm what waits, step by step; run again after a cut, it goes on with the rest."""
    activity_id = UUID(job.arguments["activity"])
    done = service.Confirmed()
    total, more = queries.count_waiting(activity_id), True
    while more and done.attendances < total:
        step = service.confirm_waiting(job.actor, job.place, activity_id)
        done, more = done + step, step.attendances == service.CHUNK
        yield Progress(
            done.attendances,
            total,
            texts.plural(
                "The hours of %(num)s person are confirmed.",
                "The hours of %(num)s people are confirmed.",
                done.attendances,
            ),
        )
    return {
        "attendances": done.attendances,
        "hours": rules.hours(done.minutes),
        "minutes": done.minutes,
        "points": done.points,
    }


JOBS = (
    JobType(
        service.CONFIRM_JOB,
        _("Confirm hours"),
        confirm_hours,
        result={"attendances": _("People"), "hours": _("Hours"), "points": _("Points")},
    ),
)
