"""The steps of a season after scoring: close, compute, show for notice, award."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Conflict, Form, FormSchema, Invalid, PageContext
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.texts import _
from plugins.evaluation.views.access import managed
from plugins.evaluation.views.pages import pages, render


@pages.page("/seasons/<uuid:season_id>/lock", permission=may.SEASON_MANAGE)
def ask_lock(ctx: PageContext, season_id: UUID) -> Any:
    """Say what closing does and what is not scored yet."""
    return _lock_page(ctx, season_id, Form.build(schemas.LockForm))


@pages.page("/seasons/<uuid:season_id>/lock", permission=may.SEASON_MANAGE, methods=["POST"])
def lock(ctx: PageContext, season_id: UUID) -> Any:
    """Close scoring."""
    managed(ctx, season_id)
    form = Form.build(schemas.LockForm)
    data = form.load(ctx.form)
    if data is None:
        return _lock_page(ctx, season_id, form), 422
    try:
        service.seasons.lock(ctx.actor, ctx.place, season_id, data["reason"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _lock_page(ctx, season_id, form), error.status
    ctx.flash(_("Scoring is closed. Now compute the result."))
    return ctx.redirect("season", season_id=season_id)


@pages.page("/seasons/<uuid:season_id>/compute", permission=may.SEASON_MANAGE, methods=["POST"])
def compute(ctx: PageContext, season_id: UUID) -> Any:
    """Compute scores and ranks; only those who run the season see them until the notice."""
    managed(ctx, season_id)
    form = Form.build(FormSchema)
    try:
        service.seasons.compute(ctx.actor, ctx.place, season_id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _confirm_page(ctx, season_id, "compute.html", form), error.status
    ctx.flash(_("The result is computed. Look at it, then show it for public notice."))
    return ctx.redirect("league", season_id=season_id)


@pages.page("/seasons/<uuid:season_id>/notice", permission=may.SEASON_MANAGE)
def ask_notice(ctx: PageContext, season_id: UUID) -> Any:
    """Say what becomes public, and until when."""
    return _confirm_page(ctx, season_id, "notice.html", Form.build(FormSchema))


@pages.page("/seasons/<uuid:season_id>/notice", permission=may.SEASON_MANAGE, methods=["POST"])
def begin_notice(ctx: PageContext, season_id: UUID) -> Any:
    """Show the result for public notice."""
    managed(ctx, season_id)
    form = Form.build(FormSchema)
    try:
        service.seasons.begin_notice(ctx.actor, ctx.place, season_id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _confirm_page(ctx, season_id, "notice.html", form), error.status
    ctx.flash(_("The result is public now, and objections can be filed."))
    return ctx.redirect("season", season_id=season_id)


@pages.page("/seasons/<uuid:season_id>/award", permission=may.SEASON_MANAGE)
def ask_award(ctx: PageContext, season_id: UUID) -> Any:
    """Say who will win what."""
    return _confirm_page(ctx, season_id, "award.html", Form.build(FormSchema))


@pages.page("/seasons/<uuid:season_id>/award", permission=may.SEASON_MANAGE, methods=["POST"])
def award(ctx: PageContext, season_id: UUID) -> Any:
    """Make the result final."""
    managed(ctx, season_id)
    form = Form.build(FormSchema)
    try:
        service.seasons.award(ctx.actor, ctx.place, season_id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _confirm_page(ctx, season_id, "award.html", form), error.status
    ctx.flash(_("The awards are given and the result is final."))
    return ctx.redirect("season", season_id=season_id)


def _lock_page(ctx: PageContext, season_id: UUID, form: Form) -> str:
    detail = managed(ctx, season_id)
    return render(
        ctx,
        "lock.html",
        detail=detail,
        progress=queries.progress(detail),
        by_scorer=queries.by_scorer(detail),
        form=form,
    )


def _confirm_page(ctx: PageContext, season_id: UUID, template: str, form: Form) -> str:
    detail = managed(ctx, season_id)
    return render(
        ctx,
        template,
        detail=detail,
        winners=queries.winners(detail) if template == "award.html" else (),
        switched_off_places=queries.without_standing(detail),
        waiting=len(queries.objections(detail, state="open")),
        form=form,
    )
