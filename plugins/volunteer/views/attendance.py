"""The page of who is there: checking in and out, and confirming hours."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from werkzeug.utils import redirect

from core.sdk import (
    Actor,
    Conflict,
    Form,
    Invalid,
    PageContext,
    Paging,
    PlaceView,
    asked_page,
    local,
    mask_phone,
    search_text,
)
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, rules, schemas, service
from plugins.volunteer.texts import _, texts
from plugins.volunteer.views.pages import pages

LARGEST = 1_000_000


@pages.page("/<uuid:activity_id>/attendance", permission=may.SIGN_UP_VIEW)
def attendance(ctx: PageContext, activity_id: UUID) -> Any:
    """Everybody who signed up, and who of them is there."""
    return _attendance_page(ctx, activity_id)


@pages.page(
    "/<uuid:activity_id>/attendance/walk-in", permission=may.ATTENDANCE_EDIT, methods=["POST"]
)
def walk_in(ctx: PageContext, activity_id: UUID) -> Any:
    """Check somebody in who had not signed up."""
    form = Form.build(schemas.SignUpForm)
    data = form.load(ctx.form)
    if data is None:
        return _attendance_page(ctx, activity_id, form), 422
    try:
        came = service.walk_in(ctx.actor, ctx.place, activity_id, data["name"], data["phone"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _attendance_page(ctx, activity_id, form), error.status
    ctx.flash(_("%(name)s is checked in.", name=data["name"]))
    return _back_to_line(ctx, activity_id, came)


@pages.page(
    "/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-in",
    permission=may.ATTENDANCE_EDIT,
    methods=["POST"],
)
def check_in(ctx: PageContext, activity_id: UUID, sign_up_id: UUID) -> Any:
    """Note that somebody is there."""
    return _pass_the_door(ctx, activity_id, sign_up_id, service.check_in, _("Checked in."))


@pages.page(
    "/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-out",
    permission=may.ATTENDANCE_EDIT,
    methods=["POST"],
)
def check_out(ctx: PageContext, activity_id: UUID, sign_up_id: UUID) -> Any:
    """Note that somebody leaves."""
    return _pass_the_door(ctx, activity_id, sign_up_id, service.check_out, _("Checked out."))


@pages.page("/<uuid:activity_id>/hours", permission=may.HOURS_CONFIRM, methods=["POST"])
def confirm(ctx: PageContext, activity_id: UUID) -> Any:
    """Confirm the lines that were chosen, with the hours that were typed."""
    queries.get(ctx.place, activity_id)
    form = Form.build(schemas.SignUpForm)
    typed = {
        line: ctx.form.get(f"hours-{line}", "")
        for line in dict.fromkeys(ctx.form.getlist("line", type=UUID))
    }
    try:
        if not typed:
            raise Invalid(_("Choose at least one line."))
        done = service.confirm_some(ctx.actor, ctx.place, activity_id, _all_minutes(typed))
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        lines = _line_errors(error, typed)
        if lines:
            form = Form.build(schemas.SignUpForm)
        return _attendance_page(ctx, activity_id, form, typed, lines), error.status
    ctx.flash(
        texts.plural(
            "The hours of %(num)s person are confirmed.",
            "The hours of %(num)s people are confirmed.",
            done.attendances,
        )
    )
    return _back_to_line(ctx, activity_id, next(iter(typed)))


@pages.page("/<uuid:activity_id>/hours/all", permission=may.HOURS_CONFIRM)
def ask_confirm_all(ctx: PageContext, activity_id: UUID) -> Any:
    """Say in figures what confirming all hours as suggested does."""
    listed = queries.get(ctx.place, activity_id)
    suggestion = queries.suggestion(listed.activity, rules.in_force(ctx.place))
    if not suggestion.people:
        ctx.flash(_("No hours wait for confirmation."), "info")
        return ctx.redirect("attendance", activity_id=activity_id)
    return ctx.render("confirm_all.html", listed=listed, suggestion=suggestion, hours=rules.hours)


@pages.page("/<uuid:activity_id>/hours/all", permission=may.HOURS_CONFIRM, methods=["POST"])
def confirm_all(ctx: PageContext, activity_id: UUID) -> Any:
    """Begin the job that confirms all hours as suggested."""
    form = Form.build(schemas.SignUpForm)
    try:
        job = service.confirm(ctx.actor, ctx.place, activity_id)
    except Conflict as error:
        ctx.refused(form, error)
        return _attendance_page(ctx, activity_id, form), error.status
    return redirect(ctx.job_url(job), 303)


def _pass_the_door(
    ctx: PageContext,
    activity_id: UUID,
    sign_up_id: UUID,
    verb: Callable[[Actor, PlaceView, UUID, UUID], UUID],
    done: Any,
) -> Any:
    listed = queries.get(ctx.place, activity_id)
    entered = queries.get_sign_up(listed.activity, sign_up_id)
    form = Form.build(schemas.SignUpForm)
    try:
        attendance_id = verb(ctx.actor, ctx.place, activity_id, entered.volunteer_id)
    except Conflict as error:
        ctx.refused(form, error)
        return _attendance_page(ctx, activity_id, form), error.status
    ctx.flash(done)
    return _back_to_line(ctx, activity_id, attendance_id)


def _back_to_line(ctx: PageContext, activity_id: UUID, attendance_id: UUID) -> Any:
    """Send the browser back to the part of the list it came from, and there to this line."""
    return ctx.redirect(
        "attendance", activity_id=activity_id, _anchor=f"line-{attendance_id}", **_asked_part()
    )


def _asked_part() -> dict[str, Any]:
    """Return which part of the list the address asks for, as far as it is not the first."""
    asked, first = asked_page(), Paging()
    part = {
        "page": (asked.number, first.number),
        "size": (asked.size, first.size),
        "name": (search_text("name"), ""),
    }
    return {key: wanted for key, (wanted, usual) in part.items() if wanted != usual}


def _all_minutes(typed: Mapping[UUID, str]) -> dict[UUID, int]:
    """Return hours as they were typed, in minutes.

    Raises:
        Invalid: naming every line that has no number.
    """
    minutes = {line: _minutes(text) for line, text in typed.items()}
    wrong = [line for line, found in minutes.items() if found is None]
    if wrong:
        reason = _("Enter hours as a number, such as 1.5.")
        raise Invalid(fields={f"hours-{line}": [reason] for line in wrong})
    return {line: found for line, found in minutes.items() if found is not None}


def _line_errors(error: Conflict | Invalid, lines: Iterable[UUID]) -> dict[UUID, Any]:
    """Return what a refusal says about single lines."""
    said = error.fields if isinstance(error, Invalid) else {error.field: [error.message]}
    return {line: said[name][0] for line in lines if (name := f"hours-{line}") in said}


def _minutes(text: str) -> int | None:
    try:
        found = Decimal(unicodedata.normalize("NFKC", text).strip()) * rules.HOUR
        return int(found) if found == found.to_integral_value() and abs(found) < LARGEST else None
    except InvalidOperation:
        return None


def _attendance_page(
    ctx: PageContext,
    activity_id: UUID,
    form: Form | None = None,
    typed: Mapping[UUID, str] | None = None,
    line_errors: Mapping[UUID, Any] | None = None,
) -> str:
    """Show the roster; ``typed`` keeps what was entered for lines that were refused."""
    listed = queries.get(ctx.place, activity_id)
    rule = rules.in_force(ctx.place)
    name = search_text("name")
    people = queries.roster(activity_id, asked_page(), name=name)
    return ctx.render(
        "attendance.html",
        listed=listed,
        people=people,
        name=name,
        part=_asked_part(),
        presence=queries.presence(activity_id),
        rule=rule,
        hours=rules.hours,
        suggested=_suggested(listed, rule, people.rows),
        form=form or Form.build(schemas.SignUpForm),
        typed=typed or {},
        line_errors=line_errors or {},
        phone=lambda volunteer: mask_phone(service.phone_of(volunteer)),
        open=service.takes_people(listed.activity),
        may_check_in=ctx.can(may.ATTENDANCE_EDIT),
        may_confirm=ctx.can(may.HOURS_CONFIRM),
        may_see_person=ctx.can(may.PERSON_VIEW),
    )


def _suggested(
    listed: queries.Listed, rule: rules.Rule, rows: Sequence[queries.Expected]
) -> dict[UUID, str]:
    """Return the hours that the rule suggests for those of this page who wait for them."""
    waiting = [row.attendance for row in rows if row.attendance and row.waits]
    day = local(listed.activity.starts_at).date()
    already = queries.minutes_of_day(day, [found.volunteer_id for found in waiting])
    return {
        found.id: rules.hours(
            rule.suggested(found.minutes_present(listed.activity), already[str(found.volunteer_id)])
        )
        for found in waiting
    }
