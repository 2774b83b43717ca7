"""Verbs of long work."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core import tenancy
from core.accounts.actor import Actor
from core.accounts.permissions import JOB_CANCEL
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.jobs.declared import declared
from core.jobs.models import UNDER_WAY, Job
from core.jobs.queue import LONG
from core.jobs.wakeup import wake
from core.json_values import as_json_object
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.texts import visible

START = "core.job.start"
LONGEST_ABOUT = 200
_OWN_ADDRESS = re.compile(r"/(?![/\\])[!-~]*")
"""Browsers take ``//`` and ``/\\`` for another host."""


def start_job(
    actor: Actor,
    place: PlaceView,
    name: str,
    arguments: Mapping[str, Any],
    *,
    key: str = "",
    about: str = "",
    back: str = "",
) -> UUID:
    """Ask for a job; it begins when the transaction under way is committed. Return its id.

    What the actor may is the caller's business.

    Args:
        name: of a contributed :class:`JobType`.
        arguments: JSON values for it; UUIDs, dates and aware times become texts.
        key: while a job with the same name, place and key is queued or running, its id is
            returned instead of another being started.
        about: what it works on, such as a title; shown to all who may see jobs at ``place``, and
            cut after 200 characters.
        back: address of the page from which it is started, such as ``/510114001018/notes/``; the
            job's page links to it.

    Raises:
        LookupError: no running plugin contributed a job of this name.
        TypeError: an argument that JSON cannot hold.
        ValueError: ``back`` is no address within this installation.
    """
    if back and not _OWN_ADDRESS.fullmatch(back):
        raise ValueError(f"{back!r} is no address that begins with a single /")
    found = declared(plugin_host(), name)
    if found is None:
        raise LookupError(f"no running plugin contributed the job {name!r}")
    tenant = tenancy.required()
    row = {
        "tenant_id": tenant,
        "place_id": place.id,
        "plugin": found.plugin.id,
        "name": name,
        "key": key,
        "about": visible(about)[:LONGEST_ABOUT],
        "back": back,
        "arguments": as_json_object(arguments, name),
        "requested_by": actor.id,
        "requested_name": actor.name,
    }
    with attempt(actor, START, object_type="job", object_id=name, place_code=place.code) as act:
        job_id, fresh = _insert_or_find(row)
        act.object_id = str(job_id)
        act.after = {"job": name, "key": key, "started": fresh}
    wake(LONG, "run_job", tenant, str(job_id))
    return job_id


def cancel(actor: Actor, place: PlaceView, job_id: UUID) -> None:
    """End a job: at once when no worker has begun, otherwise after the step under way.

    What earlier steps did stays.

    Raises:
        NotFound: no such job at ``place``.
        Conflict: it has ended already.
        Forbidden: the actor may not do this there.
    """
    with attempt(
        actor, JOB_CANCEL, object_type="job", object_id=job_id, place_code=place.code
    ) as act:
        actor.require(JOB_CANCEL, place)
        job = db.session.execute(
            select(Job).filter_by(id=job_id, place_id=place.id).with_for_update(key_share=True)
        ).scalar_one_or_none()
        if job is None:
            raise NotFound()
        act.before = {"job": job.name, "state": job.state}
        if job.state == "queued":
            job.state, job.finished_at = "cancelled", now()
        elif job.state == "running":
            job.cancel_requested_at = job.cancel_requested_at or now()
        else:
            raise Conflict(_("This has ended already."))
        act.after = {"job": job.name, "state": job.state}
        db.session.flush()


def _insert_or_find(row: Mapping[str, Any]) -> tuple[UUID, bool]:
    """Return the id of the new job, or of the one under way, and whether it is new."""
    while True:
        inserted: UUID | None = (
            db.session.connection()
            .execute(
                insert(Job)
                .values(id=new_id(), **row)
                .on_conflict_do_nothing(
                    index_elements=["tenant_id", "name", "place_id", "key"], index_where=UNDER_WAY
                )
                .returning(Job.id)
            )
            .scalar_one_or_none()
        )
        if inserted is not None:
            return inserted, True
        present = db.session.execute(
            select(Job.id).where(
                Job.name == row["name"],
                Job.place_id == row["place_id"],
                Job.key == row["key"],
                UNDER_WAY,
            )
        ).scalar_one_or_none()
        if present is not None:
            return present, False
