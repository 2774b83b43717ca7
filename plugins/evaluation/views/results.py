"""Results at the desk: the league table, one contestant's explanation, corrections, awards."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Conflict, Form, Invalid, NotFound, PageContext, asked_page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _
from plugins.evaluation.views.access import judges, managed, manages, may_object
from plugins.evaluation.views.pages import pages, render


@pages.page("/seasons/<uuid:season_id>/league", permission=may.SEASON_VIEW)
def league(ctx: PageContext, season_id: UUID) -> Any:
    """The ranks with what each criterion gave."""
    detail = _computed(ctx, season_id)
    return render(
        ctx,
        "league.html",
        detail=detail,
        page=queries.league(detail, asked_page()),
        switched_off_places=queries.without_standing(detail),
        manages=manages(ctx, detail),
    )


@pages.page("/seasons/<uuid:season_id>/places/<place_code:contestant>", permission=may.SEASON_VIEW)
def explanation(ctx: PageContext, season_id: UUID, contestant: str) -> Any:
    """Why a contestant has its score and rank."""
    detail = _computed(ctx, season_id)
    found = queries.explanation(detail, contestant)
    if found.rank is None:
        raise NotFound
    return render(
        ctx,
        "explanation.html",
        detail=detail,
        found=found,
        manages=manages(ctx, detail),
        may_object=detail.season.state == "notice" and may_object(ctx, found),
    )


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/correct/<uuid:criterion_id>/"
    "<int:number>/<uuid:scorer_id>",
    permission=may.SEASON_MANAGE,
)
def ask_correct(
    ctx: PageContext,
    season_id: UUID,
    contestant: str,
    criterion_id: UUID,
    number: int,
    scorer_id: UUID,
) -> Any:
    """A form with what was entered, and what correcting it does."""
    detail = _correctable(ctx, season_id)
    criterion = _criterion(detail, criterion_id)
    found = queries.explanation(detail, contestant)
    form = _correct_form(criterion, _value(found, criterion_id, number, scorer_id))
    return _correct_page(ctx, detail, found, criterion, number, form)


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/correct/<uuid:criterion_id>/"
    "<int:number>/<uuid:scorer_id>",
    permission=may.SEASON_MANAGE,
    methods=["POST"],
)
def correct(
    ctx: PageContext,
    season_id: UUID,
    contestant: str,
    criterion_id: UUID,
    number: int,
    scorer_id: UUID,
) -> Any:
    """Correct an entry after an objection was upheld."""
    detail = _correctable(ctx, season_id)
    criterion = _criterion(detail, criterion_id)
    found = queries.explanation(detail, contestant)
    _value(found, criterion_id, number, scorer_id)
    form = _correct_form(criterion)
    data = form.load(ctx.form)
    if data is None:
        return _correct_page(ctx, detail, found, criterion, number, form), 422
    try:
        if data["value"] is None:
            raise Invalid(_("Please fill this in."), field="value")
        service.seasons.correct(
            ctx.actor,
            ctx.place,
            season_id,
            found.contestant_id,
            criterion_id,
            number,
            scorer_id,
            data["value"],
            data["reason"],
        )
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _correct_page(ctx, detail, found, criterion, number, form), error.status
    ctx.flash(
        _("The entry is corrected and the result computed anew. Show it for public notice again.")
    )
    return ctx.redirect("season", season_id=season_id)


@pages.page("/awards", permission=may.SEASON_VIEW)
def awards(ctx: PageContext) -> Any:
    """What places here have won over the years."""
    return render(ctx, "awards.html", page=queries.awards(ctx.place, asked_page()))


def _computed(ctx: PageContext, season_id: UUID) -> queries.SeasonDetail:
    """Return a season with a result that the visitor may see.

    Raises:
        NotFound: it is not there, has no result, or the result is not shown yet to those
            who only compete.
    """
    detail = queries.season(ctx.place, season_id)
    shown = {"notice", "awarded"} | ({"computed"} if judges(ctx, detail) else set())
    if detail.season.state not in shown:
        raise NotFound
    return detail


def _correctable(ctx: PageContext, season_id: UUID) -> queries.SeasonDetail:
    detail = managed(ctx, season_id)
    if detail.season.state not in ("computed", "notice"):
        raise NotFound
    return detail


def _criterion(detail: queries.SeasonDetail, criterion_id: UUID) -> Criterion:
    found = next((c for c in detail.criteria if c.id == criterion_id), None)
    if found is None:
        raise NotFound
    return found


def _value(found: queries.Explanation, criterion_id: UUID, number: int, scorer_id: UUID) -> int:
    """Return what a scorer entered.

    Raises:
        NotFound: nothing.
    """
    for line in found.lines:
        for scored in line.scores:
            if (line.criterion.id, scored.round, scored.scorer_id) == (
                criterion_id,
                number,
                scorer_id,
            ):
                return scored.value
    raise NotFound


def _correct_form(criterion: Criterion, value: int | None = None) -> Form:
    fields = {"value": schemas.score_field(criterion)}
    form = type("CorrectForm", (schemas.score_form(fields), schemas.ReasonForm), {})
    return Form.build(form, {"value": value} if value is not None else None)


def _correct_page(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    found: queries.Explanation,
    criterion: Criterion,
    number: int,
    form: Form,
) -> str:
    return render(
        ctx,
        "correct.html",
        detail=detail,
        found=found,
        criterion=criterion,
        number=number,
        form=form,
    )
