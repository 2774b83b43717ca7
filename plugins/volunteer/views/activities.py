"""Pages of activities, for staff and for everybody."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import (
    Conflict,
    Form,
    Invalid,
    PageContext,
    asked_page,
    choice,
    mask_phone,
    search_text,
)
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, schemas, service
from plugins.volunteer.models import STATUSES
from plugins.volunteer.texts import _
from plugins.volunteer.views.pages import pages

STATUS_LABELS: dict[str, Any] = {
    "draft": _("Draft"),
    "published": _("Published"),
    "cancelled": _("Cancelled"),
}


@pages.page("/", permission=may.ACTIVITY_VIEW)
def index(ctx: PageContext) -> Any:
    """The community's activities."""
    title, status = search_text("title"), choice("status", STATUSES)
    return ctx.render(
        "index.html",
        page=queries.of_place(ctx.place, asked_page(), title=title, status=status),
        title=title,
        status=status,
        labels=STATUS_LABELS,
    )


@pages.page("/new", permission=may.ACTIVITY_EDIT)
def new(ctx: PageContext) -> Any:
    """An empty form."""
    return _edit_page(ctx, Form.build(schemas.ActivityForm))


@pages.page("/new", permission=may.ACTIVITY_EDIT, methods=["POST"])
def create(ctx: PageContext) -> Any:
    """Save a draft."""
    form = Form.build(schemas.ActivityForm)
    data = form.load(ctx.form)
    if data is None:
        return _edit_page(ctx, form), 422
    activity = service.create(ctx.actor, ctx.place, data)
    ctx.flash(_("The draft is saved. Publish it when it is ready."))
    return ctx.redirect("detail", activity_id=activity.id)


@pages.page("/<uuid:activity_id>", permission=may.ACTIVITY_VIEW)
def detail(ctx: PageContext, activity_id: UUID) -> Any:
    """One activity with who signed up."""
    return _detail_page(ctx, activity_id, Form.build(schemas.SignUpForm))


@pages.page("/<uuid:activity_id>/edit", permission=may.ACTIVITY_EDIT)
def edit(ctx: PageContext, activity_id: UUID) -> Any:
    """The form with what the activity says."""
    listed = queries.get(ctx.place, activity_id)
    return _edit_page(ctx, Form.build(schemas.ActivityForm, listed.activity), activity_id)


@pages.page("/<uuid:activity_id>/edit", permission=may.ACTIVITY_EDIT, methods=["POST"])
def change(ctx: PageContext, activity_id: UUID) -> Any:
    """Save changes."""
    form = Form.build(schemas.ActivityForm)
    data = form.load(ctx.form)
    if data is None:
        return _edit_page(ctx, form, activity_id), 422
    try:
        service.change(ctx.actor, ctx.place, activity_id, data)
    except Conflict as error:
        ctx.refused(form, error)
        return _edit_page(ctx, form, activity_id), error.status
    ctx.flash(_("The changes are saved."))
    return ctx.redirect("detail", activity_id=activity_id)


@pages.page("/<uuid:activity_id>/publish", permission=may.ACTIVITY_EDIT, methods=["POST"])
def publish(ctx: PageContext, activity_id: UUID) -> Any:
    """Show the activity to everybody."""
    form = Form.build(schemas.SignUpForm)
    try:
        service.publish(ctx.actor, ctx.place, activity_id)
    except Conflict as error:
        ctx.refused(form, error)
        return _detail_page(ctx, activity_id, form), error.status
    ctx.flash(_("The activity is published: everybody can see it now."))
    return ctx.redirect("detail", activity_id=activity_id)


@pages.page("/<uuid:activity_id>/cancel", permission=may.ACTIVITY_EDIT)
def ask_cancel(ctx: PageContext, activity_id: UUID) -> Any:
    """Say what cancelling does, and ask why."""
    return _cancel_page(ctx, activity_id, Form.build(schemas.CancelForm))


@pages.page("/<uuid:activity_id>/cancel", permission=may.ACTIVITY_EDIT, methods=["POST"])
def cancel(ctx: PageContext, activity_id: UUID) -> Any:
    """Call the activity off."""
    form = Form.build(schemas.CancelForm)
    data = form.load(ctx.form)
    if data is None:
        return _cancel_page(ctx, activity_id, form), 422
    try:
        service.cancel(ctx.actor, ctx.place, activity_id, data["reason"])
    except Conflict as error:
        ctx.refused(form, error)
        return _cancel_page(ctx, activity_id, form), error.status
    ctx.flash(_("The activity is cancelled."))
    return ctx.redirect("detail", activity_id=activity_id)


@pages.page("/<uuid:activity_id>/sign-ups", permission=may.SIGN_UP_EDIT, methods=["POST"])
def sign_up(ctx: PageContext, activity_id: UUID) -> Any:
    """Enter a person who will come."""
    form = Form.build(schemas.SignUpForm)
    data = form.load(ctx.form)
    if data is None:
        return _detail_page(ctx, activity_id, form), 422
    try:
        service.sign_up(ctx.actor, ctx.place, activity_id, data["name"], data["phone"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _detail_page(ctx, activity_id, form), error.status
    ctx.flash(_("%(name)s is signed up.", name=data["name"]))
    return ctx.redirect("detail", activity_id=activity_id)


@pages.page("/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw", permission=may.SIGN_UP_EDIT)
def ask_withdraw(ctx: PageContext, activity_id: UUID, sign_up_id: UUID) -> Any:
    """Say whose sign-up is taken back."""
    listed = queries.get(ctx.place, activity_id)
    entered = queries.get_sign_up(listed.activity, sign_up_id)
    person = queries.person(ctx.place, entered.volunteer_id)
    return ctx.render("withdraw.html", listed=listed, entered=entered, name=person.volunteer.name)


@pages.page(
    "/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw",
    permission=may.SIGN_UP_EDIT,
    methods=["POST"],
)
def withdraw(ctx: PageContext, activity_id: UUID, sign_up_id: UUID) -> Any:
    """Take a sign-up back."""
    service.withdraw(ctx.actor, ctx.place, activity_id, sign_up_id)
    ctx.flash(_("The sign-up is withdrawn; the place is free again."))
    return ctx.redirect("detail", activity_id=activity_id)


@pages.page("/open", public=True)
def public_index(ctx: PageContext) -> Any:
    """What everybody may see: activities to come."""
    page = queries.public_of_place(ctx.place, asked_page(default=20))
    return ctx.render("public_index.html", page=page)


@pages.page("/open/<uuid:activity_id>", public=True)
def public_detail(ctx: PageContext, activity_id: UUID) -> Any:
    """One published activity."""
    return ctx.render("public_detail.html", listed=queries.get(ctx.place, activity_id, public=True))


def _edit_page(ctx: PageContext, form: Form, activity_id: UUID | None = None) -> str:
    return ctx.render("edit.html", form=form, activity_id=activity_id)


def _cancel_page(ctx: PageContext, activity_id: UUID, form: Form) -> str:
    return ctx.render("cancel.html", listed=queries.get(ctx.place, activity_id), form=form)


def _detail_page(ctx: PageContext, activity_id: UUID, form: Form) -> str:
    listed = queries.get(ctx.place, activity_id)
    people = queries.roster(activity_id, asked_page()) if ctx.can(may.SIGN_UP_VIEW) else None
    return ctx.render(
        "detail.html",
        listed=listed,
        people=people,
        form=form,
        phone=lambda volunteer: mask_phone(service.phone_of(volunteer)),
        may_edit=ctx.can(may.ACTIVITY_EDIT),
        may_sign_up=ctx.can(may.SIGN_UP_EDIT),
        may_see_people=ctx.can(may.SIGN_UP_VIEW),
    )
