"""Something in every table, put there through services as the product would."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from core.accounts.models import UserAccount
from core.audit import attempt
from core.clock import now, today
from core.db import db
from core.events.models import EventDelivery, EventOutbox
from core.files.aside import put_aside
from core.files.service import keep_file
from core.files.uploads import Upload
from core.indicators import tasks as indicators
from core.jobs import tasks
from core.jobs.models import JobLog
from core.organisations import service as organisations
from core.plugin_host.health import service as health
from core.plugin_host.host import plugin_host
from core.plugin_host.settings import service as settings
from core.testing.world import SYSTEM, District
from plugins.volunteer import queries, service
from plugins.volunteer.models import Attendance
from tests import filling_evaluation, filling_red_property


def fill(district: District) -> None:
    """Leave at least one row of ``district`` in every table of core and of Volunteer."""
    code = district.communities[0]
    district.allow("volunteer", "forbidden")
    district.allow("volunteer", "available")
    district.enable("volunteer", code)
    district.person("administrator", district.code)
    district.program("viewer", code)
    with district.entered():
        place = district.place(code).view
        settings.change(SYSTEM, plugin_host(), place, "volunteer", {"points_per_hour": 2})
        health.record(place.id, "volunteer", "linli_public_panel", "no luck", "")
        company = organisations.register(
            SYSTEM, place, "property_company", "安居物业", "91110000600037341L"
        )
        organisations.begin_service(SYSTEM, company, place, today())
        activity = _attended(place)
        job = service.confirm(SYSTEM, place, activity)
        _keep_files(place)
    with district.app.app_context():
        tasks.run_job(district.tenant, str(job))
        indicators.refresh(district.tenant)
    filling_evaluation.fill(district)
    filling_red_property.fill(district)
    with district.entered():
        _tell_somebody(district)
        assert db.session.execute(select(JobLog.id)).first() is not None


def _attended(place: Any) -> Any:
    begins = now() - timedelta(hours=2)
    activity = service.create(
        SYSTEM,
        place,
        {
            "title": "清扫楼道",
            "description": "一起清扫楼道。",
            "location": "3 栋门口",
            "starts_at": begins,
            "ends_at": begins + timedelta(hours=3),
            "capacity": 2,
            "organiser": "居委会",
            "risks": "无",
        },
    ).id
    service.publish(SYSTEM, place, activity)
    service.sign_up(SYSTEM, place, activity, "王芳", "13812345678")
    there = service.walk_in(SYSTEM, place, activity, "王五", "13912345678")
    who = queries.get_attendance(place, there).volunteer_id
    service.check_out(SYSTEM, place, activity, who)
    db.session.execute(
        update(Attendance)
        .where(Attendance.id == there)
        .values(checked_in_at=now() - timedelta(hours=1))
    )
    return activity


def _keep_files(place: Any) -> None:
    """A file that is kept, and one of a form that was refused."""
    upload = Upload("说明.pdf", "application/pdf", b"%PDF-1.7\n%%EOF\n")
    person = db.session.execute(select(UserAccount.id).limit(1)).scalar_one()
    with attempt(
        SYSTEM,
        "volunteer.file.keep",
        object_type="stored_file",
        object_id=place.id,
        place_code=place.code,
    ):
        keep_file(place, "volunteer", upload)
    put_aside(person, place, "volunteer", upload)


def _tell_somebody(district: District) -> None:
    """A delivery, which Volunteer alone would not have, since nothing subscribes to it."""
    event = db.session.execute(select(EventOutbox.id).limit(1)).scalar_one()
    with attempt(
        SYSTEM,
        "core.event.replay",
        object_type="event_delivery",
        object_id=event,
        place_code=district.code,
    ):
        delivery = EventDelivery(event_id=event, subscriber="volunteer/none", plugin="volunteer")
        db.session.add(delivery)
        db.session.flush()
