"""Long work as pages: the list, and one job live."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from core.accounts.permissions import JOB_CANCEL, JOB_VIEW
from core.audit.names import ACTORS
from core.clock import local
from core.jobs import queries, service
from core.jobs.declared import declared, label_of
from core.jobs.models import STATES, Job
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import asked_page, choice

area = Area("jobs", __name__, template_folder="templates")

STATE_LABELS: dict[str, tuple[str, Any]] = {
    "queued": ("due", lazy_gettext("Waits for its turn")),
    "running": ("running", lazy_gettext("Under way")),
    "done": ("done", lazy_gettext("Done")),
    "failed": ("overdue", lazy_gettext("Failed")),
    "cancelled": ("draft", lazy_gettext("Cancelled")),
}


@area.page("/<place_code:place_code>/-/jobs", permission=JOB_VIEW)
def index(place_code: str) -> str:
    """The long work of this place and below, newest first."""
    state = choice("state", STATES)
    return render_template(
        "jobs/index.html",
        gate=required_gate(),
        page=queries.listed(place_code, asked_page(), state=state),
        state=state,
        states=STATE_LABELS,
        label_of=lambda name: label_of(plugin_host(), name),
        actors=ACTORS,
    )


@area.page("/<place_code:place_code>/-/jobs/<uuid:job_id>", permission=JOB_VIEW)
def detail(place_code: str, job_id: UUID) -> str:
    """One job: how far it is, its log and what came of it."""
    gate = required_gate()
    job = queries.get(gate.place, job_id)
    return render_template(
        "jobs/detail.html",
        gate=gate,
        job=job,
        label=label_of(plugin_host(), job.name),
        result=_result(job),
        lines=[(f"{local(line.at):%H:%M:%S}", line.line) for line in queries.last_lines(job)],
        states=STATE_LABELS,
        actors=ACTORS,
        can_cancel=gate.visitor.can(JOB_CANCEL, gate.place),
    )


@area.page(
    "/<place_code:place_code>/-/jobs/<uuid:job_id>/cancel", permission=JOB_CANCEL, methods=["POST"]
)
def cancel(place_code: str, job_id: UUID) -> Response:
    """Let a job end after the step under way."""
    gate = required_gate()
    service.cancel(gate.visitor, gate.place, job_id)
    flash(_("It ends after the step under way. What is done stays done."), "success")
    return redirect(f"{gate.place.url}jobs/{job_id}", 303)


def _result(job: Job) -> list[tuple[str, Any]]:
    """What came of a job, as far as its kind has names for it."""
    found, kept = declared(plugin_host(), job.name), job.result or {}
    names = found.type.result if found else {}
    return [(str(name), kept[key]) for key, name in names.items() if key in kept]
