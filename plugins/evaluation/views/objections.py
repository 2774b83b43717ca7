"""Pages of objections: file one, see them, answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Conflict, Form, Invalid, NotFound, PageContext, new_id
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.texts import _
from plugins.evaluation.views.access import judges, managed, manages
from plugins.evaluation.views.pages import pages, render


@pages.page("/seasons/<uuid:season_id>/objections", permission=may.SEASON_VIEW)
def objections(ctx: PageContext, season_id: UUID) -> Any:
    """The objections to a season's results, with their answers.

    Those who judge see them also while a result that was public is taken back.
    """
    detail = queries.season(ctx.place, season_id)
    rows = queries.objections(detail)
    taken_back = bool(rows) and judges(ctx, detail)
    if detail.season.notice_begins_on is None and not taken_back:
        raise NotFound
    return render(
        ctx,
        "objections.html",
        detail=detail,
        rows=rows,
        manages=manages(ctx, detail),
    )


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/objection",
    permission=may.OBJECTION_FILE,
)
def ask_objection(ctx: PageContext, season_id: UUID, contestant: str) -> Any:
    """An empty form."""
    form = Form.build(schemas.ObjectionForm, {"id": new_id()})
    return _file_page(ctx, season_id, contestant, form)


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/objection",
    permission=may.OBJECTION_FILE,
    methods=["POST"],
)
def file_objection(ctx: PageContext, season_id: UUID, contestant: str) -> Any:
    """File an objection to a contestant's result."""
    _detail, found = _objectable(ctx, season_id, contestant)
    form = Form.build(schemas.ObjectionForm)
    data = form.load(ctx.form)
    if data is None:
        return _file_page(ctx, season_id, contestant, form), 422
    try:
        service.objections.file(
            ctx.actor, ctx.place, season_id, found.contestant_id, data["text"], data["id"]
        )
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _file_page(ctx, season_id, contestant, form), error.status
    ctx.flash(_("The objection is filed. The answer will be shown with the notice."))
    return ctx.redirect("objections", season_id=season_id)


@pages.page(
    "/seasons/<uuid:season_id>/objections/<uuid:objection_id>", permission=may.SEASON_MANAGE
)
def ask_answer(ctx: PageContext, season_id: UUID, objection_id: UUID) -> Any:
    """An objection with the form for its answer."""
    return _answer_page(ctx, season_id, objection_id, Form.build(schemas.AnswerForm))


@pages.page(
    "/seasons/<uuid:season_id>/objections/<uuid:objection_id>",
    permission=may.SEASON_MANAGE,
    methods=["POST"],
)
def answer_objection(ctx: PageContext, season_id: UUID, objection_id: UUID) -> Any:
    """Answer an objection."""
    _open(ctx, season_id, objection_id)
    form = Form.build(schemas.AnswerForm)
    data = form.load(ctx.form)
    if data is None:
        return _answer_page(ctx, season_id, objection_id, form), 422
    upheld = data["decision"] == "upheld"
    try:
        service.objections.answer(ctx.actor, ctx.place, objection_id, upheld, data["answer"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _answer_page(ctx, season_id, objection_id, form), error.status
    if upheld:
        ctx.flash(_("The objection is upheld. Now correct what was entered wrongly."))
    else:
        ctx.flash(_("The objection is dismissed, with your answer."))
    return ctx.redirect("objections", season_id=season_id)


def _objectable(
    ctx: PageContext, season_id: UUID, contestant: str
) -> tuple[queries.SeasonDetail, queries.Explanation]:
    """Return a season that had its notice, and a contestant at or below this place.

    Raises:
        NotFound: there is no such season or contestant.
    """
    detail = queries.season(ctx.place, season_id)
    if detail.season.notice_begins_on is None:
        raise NotFound
    found = queries.explanation(detail, contestant)
    if found.rank is None or not found.place.code.startswith(ctx.place.code):
        raise NotFound
    return detail, found


def _open(
    ctx: PageContext, season_id: UUID, objection_id: UUID
) -> tuple[queries.SeasonDetail, queries.ListedObjection]:
    detail = managed(ctx, season_id)
    rows = queries.objections(detail)
    found = next((row for row in rows if row.objection.id == objection_id), None)
    if found is None:
        raise NotFound
    return detail, found


def _file_page(ctx: PageContext, season_id: UUID, contestant: str, form: Form) -> str:
    detail, found = _objectable(ctx, season_id, contestant)
    return render(ctx, "objection_new.html", detail=detail, found=found, form=form)


def _answer_page(ctx: PageContext, season_id: UUID, objection_id: UUID, form: Form) -> str:
    detail, row = _open(ctx, season_id, objection_id)
    return render(ctx, "objection.html", detail=detail, row=row, form=form)
