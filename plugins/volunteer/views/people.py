"""The community's volunteers, and what each one's points come from."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from core.sdk import Form, PageContext, asked_page, local, mask_phone, now, search_text
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, rules, schemas, service
from plugins.volunteer.texts import _
from plugins.volunteer.views.pages import pages


@pages.page("/people", permission=may.PERSON_VIEW)
def people(ctx: PageContext) -> Any:
    """Everybody who ever signed up or came, with hours and points."""
    name = search_text("name")
    return ctx.render(
        "people.html",
        page=queries.people(ctx.place, asked_page(), name=name),
        name=name,
        hours=rules.hours,
        phone=lambda volunteer: mask_phone(service.phone_of(volunteer)),
    )


@pages.page("/people/<uuid:volunteer_id>", permission=may.PERSON_VIEW)
def person(ctx: PageContext, volunteer_id: UUID) -> Any:
    """One volunteer with the statement of points, as of any day."""
    return _person_page(ctx, volunteer_id)


@pages.page("/people/<uuid:volunteer_id>/name", permission=may.SIGN_UP_EDIT, methods=["POST"])
def rename(ctx: PageContext, volunteer_id: UUID) -> Any:
    """Correct the name."""
    form = Form.build(schemas.NameForm)
    data = form.load(ctx.form)
    if data is None:
        return _person_page(ctx, volunteer_id, form), 422
    service.rename(ctx.actor, ctx.place, volunteer_id, data["name"])
    ctx.flash(_("The name is corrected."))
    return ctx.redirect("person", volunteer_id=volunteer_id)


def _person_page(ctx: PageContext, volunteer_id: UUID, form: Form | None = None) -> str:
    day = _asked_day(ctx.query.get("as_of", ""))
    at = _end_of(day) if day else None
    found = queries.person(ctx.place, volunteer_id, at)
    number = service.phone_of(found.volunteer)
    return ctx.render(
        "person.html",
        person=found,
        entries=queries.statement(volunteer_id, asked_page(), at),
        phone=mask_phone(number) if number else None,
        day=day,
        hours=rules.hours,
        form=form or Form.build(schemas.NameForm, found.volunteer),
        may_rename=ctx.can(may.SIGN_UP_EDIT) and bool(number),
    )


def _asked_day(text: str) -> date | None:
    """Return the day that the address asks for; what is no day asks for none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _end_of(day: date) -> datetime:
    """Return the first moment after ``day`` by the district's clock."""
    zone = local(now()).tzinfo
    return datetime.combine(
        min(day, date.max - timedelta(days=1)) + timedelta(days=1), time(), zone
    )
