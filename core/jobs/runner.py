"""The runner of long work: one transaction a step, and no two runners at once.

A step holds the job's key locked (``FOR KEY SHARE``), so that nobody takes over while it lasts,
however long that is, yet anybody may ask to cancel. When a worker is killed, its lock falls and
its lease runs out; the next runner raises ``run``, and a step of the old one, should it still come,
finds another number and is rolled back.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import OperationalError

from core import tenancy
from core.accounts.actor import Actor
from core.audit import write_refusals
from core.clock import now
from core.db import db, transaction
from core.errors import LinliError
from core.ids import new_id
from core.jobs.contract import JobContext, JobType, Progress
from core.jobs.declared import Declared, declared
from core.jobs.models import UNDER_WAY, Job, JobLog
from core.json_values import as_json_object
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host import queries as switches
from core.plugin_host.activation import Switches
from core.plugin_host.at_work import at_work
from core.plugin_host.host import PluginHost
from core.texts import storable
from core.web.i18n import DEFAULT

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""For so long after its last step a job is left to its worker."""
UNTIL_LOOKED_AGAIN = timedelta(minutes=10)
"""For so long nobody asks again whether a plugin that cannot run is back."""
MOST_STALLED = 5
"""So many starts without a step that was committed, and the job has failed."""
LONGEST_LINE, LONGEST_TRACE = 500, 8000

_job: Any = Job.__table__
_log: Any = JobLog.__table__
_GOES_ON, _ENDED = True, False


class _TakenOver(Exception):
    """Another runner has this job now."""


@dataclass(frozen=True)
class _Claimed:
    declared: Declared
    context: JobContext

    @property
    def id(self) -> UUID:
        return self.context.id

    @property
    def run(self) -> int:
        return self.context.attempt


@dataclass(frozen=True)
class _Result:
    values: dict[str, Any]


def run_job(host: PluginHost, job_id: UUID) -> None:
    """Run a job to its end, if it is due and nobody else is at it.

    Call it in a tenant, with no transaction open.
    """
    with transaction(), force_locale(DEFAULT):
        claimed = _claim(host, job_id)
    if claimed is None:
        return
    try:
        _run(host, claimed)
    except _TakenOver:
        log.warning("job %s was taken over in run %d", job_id, claimed.run)
    except OperationalError:
        # The database was away, or broke a deadlock: found due again when the lease has run out.
        raise
    except Exception as error:  # noqa: BLE001 - told and recorded
        trace = storable("".join(traceback.format_exception(error)))
        log.warning("job %s of plugin %s failed\n%s", job_id, claimed.context.plugin, trace)
        _fail(claimed, error, trace)
    finally:
        db.session.remove()


def _run(host: PluginHost, claimed: _Claimed) -> None:
    steps = claimed.declared.type.run(claimed.context)
    if not isinstance(steps, Generator):
        raise TypeError(f"{claimed.declared.type.name} is run by no generator")
    with closing(steps):
        while _step(host, claimed, steps):
            pass


def _claim(host: PluginHost, job_id: UUID) -> _Claimed | None:
    row = db.session.execute(
        select(Job, Place)
        .join(Place, Place.id == Job.place_id)
        .where(Job.id == job_id, Job.due_at <= now(), UNDER_WAY)
        .with_for_update(of=Job, skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    job, place = row
    if job.cancel_requested_at is not None:
        _end(job_id, "cancelled")
        return None
    found = declared(host, job.name)
    if found is None:
        _set(job_id, due_at=now() + UNTIL_LOOKED_AGAIN)
        return None
    if not _is_active(host, found.plugin.id, place):
        _end(job_id, "cancelled", error=_("The application was switched off here."))
        return None
    if job.stalled >= MOST_STALLED:
        _end(job_id, "failed", error=_("It was cut off again and again before it got any further."))
        return None
    began = now()
    _set(
        job_id,
        state="running",
        run=job.run + 1,
        stalled=job.stalled + 1,
        started_at=job.started_at or began,
        due_at=began + LEASE,
    )
    actor = Actor(job.requested_by, job.requested_name, is_system=True)
    return _Claimed(
        found,
        JobContext(job.id, place.view, actor, found.plugin.id, job.arguments, job.run + 1),
    )


def _is_active(host: PluginHost, plugin: str, place: Place | PlaceView) -> bool:
    here = Switches(switches.enabled_at(place.id), switches.policies())
    return plugin in host.active(place.kind, here)


def _step(host: PluginHost, claimed: _Claimed, steps: Iterator[Progress]) -> bool:
    """Do one step with its progress in one transaction; say whether there may be another."""
    plugin, kind = claimed.declared.plugin, claimed.declared.type
    with transaction():
        if _lock(claimed).cancel_requested_at is not None:
            _end(claimed.id, "cancelled")
            return _ENDED
        if not _is_active(host, plugin.id, claimed.context.place):
            with force_locale(DEFAULT):
                _end(claimed.id, "cancelled", error=_("The application was switched off here."))
            return _ENDED
        with at_work(plugin):
            progress = _next(kind, steps)
            line = _line(progress)
        if isinstance(progress, _Result):
            _change(claimed, state="done", result=progress.values, finished_at=now())
            return _ENDED
        _change(
            claimed,
            done=progress.done,
            total=progress.total,
            stalled=0,
            due_at=now() + LEASE,
        )
        if line:
            _write(claimed.id, line)
    return _GOES_ON


def _next(kind: JobType, steps: Iterator[Progress]) -> Progress | _Result:
    try:
        progress = next(steps)
    except StopIteration as stop:
        return _Result(as_json_object(stop.value or {}, f"the result of {kind.name}"))
    if not isinstance(progress, Progress):
        raise TypeError(f"{kind.name} yielded {type(progress).__name__}, not Progress")
    return progress


def _line(progress: Progress | _Result) -> str:
    """Texts of plugins are translated while the plugin speaks."""
    said = progress.log if isinstance(progress, Progress) else None
    return "" if said is None else str(said)[:LONGEST_LINE]


def _lock(claimed: _Claimed) -> Row[tuple[datetime | None]]:
    """Keep others from taking the job over in this step; return whether it is to end.

    Raises:
        _TakenOver: somebody did already.
    """
    found = (
        db.session.connection()
        .execute(
            select(_job.c.cancel_requested_at)
            .where(*_still(claimed))
            .with_for_update(read=True, key_share=True)
        )
        .one_or_none()
    )
    if found is None:
        raise _TakenOver
    return found


def _change(claimed: _Claimed, **values: object) -> None:
    changed = db.session.connection().execute(update(_job).where(*_still(claimed)).values(**values))
    if changed.rowcount != 1:
        raise _TakenOver


def _still(claimed: _Claimed) -> tuple[Any, ...]:
    return (*_of(claimed.id), _job.c.run == claimed.run, _job.c.state == "running")


def _of(job_id: UUID) -> tuple[Any, ...]:
    return _job.c.tenant_id == tenancy.required(), _job.c.id == job_id


def _end(job_id: UUID, state: str, *, error: str | None = None) -> None:
    _set(job_id, state=state, error=error, finished_at=now())


def _set(job_id: UUID, **values: object) -> None:
    """Change a job that is locked."""
    db.session.connection().execute(update(_job).where(*_of(job_id)).values(**values))


def _write(job_id: UUID, line: str) -> None:
    db.session.connection().execute(
        insert(_log).values(
            tenant_id=tenancy.required(),
            id=new_id(),
            job_id=job_id,
            at=now(),
            line=storable(line),
        )
    )


def _fail(claimed: _Claimed, error: Exception, trace: str) -> None:
    """Say what went wrong: to people in a sentence, to those who look into the log in full."""
    with transaction(), force_locale(DEFAULT):
        with suppress(_TakenOver):
            _change(claimed, state="failed", error=_sentence(error), finished_at=now())
        if isinstance(error, LinliError):
            write_refusals(error)
        else:
            _write(claimed.id, trace[-LONGEST_TRACE:])


def _sentence(error: Exception) -> str:
    if isinstance(error, LinliError):
        return storable(str(error))
    sentence: str = _("The application made a mistake. What it was stands in the log below.")
    return sentence
