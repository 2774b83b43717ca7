"""The code on site: the sheet that staff show, and the page that people open with it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import segno
from markupsafe import Markup

from core.sdk import Conflict, Form, Invalid, PageContext
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, schemas, service
from plugins.volunteer.texts import _
from plugins.volunteer.views.pages import pages

TRIES = ("20 per 10 minutes", "200 per hour")
"""Refused tries of one address, and of all at one activity: six digits are not many."""


@pages.page("/<uuid:activity_id>/code", permission=may.ATTENDANCE_EDIT)
def code(ctx: PageContext, activity_id: UUID) -> Any:
    """The code to show or print, large."""
    listed = queries.get(ctx.place, activity_id)
    written = listed.activity.check_in_code
    address = ctx.url("check_in_page", activity_id=activity_id, code=written, _external=True)
    return ctx.render(
        "code.html",
        listed=listed,
        address=address,
        picture=_picture(address) if written else None,
        allowed=ctx.settings["check_in_by_code"],
    )


@pages.page("/<uuid:activity_id>/code/new", permission=may.ATTENDANCE_EDIT)
def ask_renew_code(ctx: PageContext, activity_id: UUID) -> Any:
    """Say what another code does to the sheets and links that are out."""
    listed = queries.get(ctx.place, activity_id)
    if listed.activity.status != "published":
        return ctx.redirect("code", activity_id=activity_id)
    return ctx.render("renew_code.html", listed=listed)


@pages.page("/<uuid:activity_id>/code", permission=may.ATTENDANCE_EDIT, methods=["POST"])
def renew_code(ctx: PageContext, activity_id: UUID) -> Any:
    """Make another code; the one before ends."""
    service.renew_code(ctx.actor, ctx.place, activity_id)
    ctx.flash(_("There is a new code. The one before is no longer accepted."))
    return ctx.redirect("code", activity_id=activity_id)


@pages.page("/check-in/<uuid:activity_id>", public=True)
def check_in_page(ctx: PageContext, activity_id: UUID) -> Any:
    """The form on a volunteer's own phone."""
    given = {"code": ctx.query.get("code", "")[: schemas.LONGEST_CODE]}
    return _on_site_page(ctx, activity_id, Form.build(schemas.CheckInForm, given))


@pages.page("/check-in/<uuid:activity_id>", public=True, methods=["POST"], limit=TRIES)
def check_in_by_code(ctx: PageContext, activity_id: UUID) -> Any:
    """Check oneself in or out."""
    form = Form.build(schemas.CheckInForm)
    queries.get(ctx.place, activity_id, public=True)
    data = form.load(ctx.form)
    if data is None:
        return _on_site_page(ctx, activity_id, form), 422
    direction: service.Direction = "out" if "out" in ctx.form else "in"
    try:
        service.by_code(ctx.actor, ctx.place, activity_id, direction, data["code"], data["phone"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _on_site_page(ctx, activity_id, form), error.status
    ctx.flash(
        _("You are checked in. Please check out when you leave.")
        if direction == "in"
        else _("You are checked out. Thank you for your help.")
    )
    return ctx.redirect("check_in_page", activity_id=activity_id, code=data["code"])


def _on_site_page(ctx: PageContext, activity_id: UUID, form: Form) -> str:
    listed = queries.get(ctx.place, activity_id, public=True)
    return ctx.render(
        "check_in.html",
        listed=listed,
        form=form,
        open=service.is_open(ctx.place, listed.activity),
    )


def _picture(address: str) -> Markup:
    """Draw ``address`` as a QR code that scales with the page, without styles of its own."""
    drawn = segno.make_qr(address, error="m")
    return Markup(drawn.svg_inline(omitsize=True, svgclass="qr", lineclass=None))  # noqa: S704
