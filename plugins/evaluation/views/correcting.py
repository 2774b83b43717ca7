"""Correcting entries: replace one, or add one that was forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from core.sdk import Conflict, Form, Invalid, NotFound, PageContext
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service, showing
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _
from plugins.evaluation.views.access import managed
from plugins.evaluation.views.pages import pages, render


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
        _apply(ctx, detail, found, criterion, number, scorer_id, data)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _correct_page(ctx, detail, found, criterion, number, form), error.status
    return _corrected(ctx, season_id)


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/add/<uuid:criterion_id>",
    permission=may.SEASON_MANAGE,
)
def ask_add(ctx: PageContext, season_id: UUID, contestant: str, criterion_id: UUID) -> Any:
    """A form for an entry that was forgotten."""
    detail = _correctable(ctx, season_id)
    criterion = _criterion(detail, criterion_id)
    found = queries.explanation(detail, contestant)
    return _correct_page(ctx, detail, found, criterion, None, _add_form(detail, criterion))


@pages.page(
    "/seasons/<uuid:season_id>/places/<place_code:contestant>/add/<uuid:criterion_id>",
    permission=may.SEASON_MANAGE,
    methods=["POST"],
)
def add(ctx: PageContext, season_id: UUID, contestant: str, criterion_id: UUID) -> Any:
    """Add an entry that was forgotten, as a correction."""
    detail = _correctable(ctx, season_id)
    criterion = _criterion(detail, criterion_id)
    found = queries.explanation(detail, contestant)
    form = _add_form(detail, criterion)
    data = form.load(ctx.form)
    if data is None:
        return _correct_page(ctx, detail, found, criterion, None, form), 422
    try:
        _refuse_present(found, criterion, data["round"], data["scorer"])
        _apply(ctx, detail, found, criterion, data["round"], data["scorer"], data)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _correct_page(ctx, detail, found, criterion, None, form), error.status
    return _corrected(ctx, season_id)


def _apply(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    found: queries.Explanation,
    criterion: Criterion,
    number: int,
    scorer_id: UUID,
    data: dict[str, Any],
) -> None:
    service.seasons.correct(
        ctx.actor,
        ctx.place,
        detail.season.id,
        found.contestant_id,
        criterion.id,
        number,
        scorer_id,
        data["value"],
        data["reason"],
    )


def _corrected(ctx: PageContext, season_id: UUID) -> Any:
    ctx.flash(
        _("The entry is corrected and the result computed anew. Show it for public notice again.")
    )
    return ctx.redirect("season", season_id=season_id)


def _refuse_present(
    found: queries.Explanation, criterion: Criterion, number: int, scorer_id: UUID
) -> None:
    """Refuse to add where an entry stands: of marks the scorer's own, of others anybody's."""
    scores = next(line.scores for line in found.lines if line.criterion.id == criterion.id)
    for one in scores:
        same = criterion.kind != "score" or one.scorer_id == scorer_id
        if one.round == number and same:
            raise Conflict(_("This is entered already. Correct it instead."), field="round")


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


def _add_form(detail: queries.SeasonDetail, criterion: Criterion) -> Form:
    shown: dict[str, fields.Field[Any]] = {
        "round": fields.Integer(
            required=True, strict=False, metadata={"label": _("Round"), "widget": "select"}
        ),
        "scorer": fields.UUID(
            required=True, metadata={"label": _("Who scored"), "widget": "select"}
        ),
        "value": schemas.score_field(criterion, _("Entry"), required=True),
        "reason": schemas.reason_field(),
    }
    rounds = [
        (each.number, showing.round_label(detail.version.rhythm, each.number, each.begins_on))
        for each in detail.rounds
    ]
    people = [
        (one.scorer.id, one.name or _("Erased"))
        for one in detail.scorers
        if one.scorer.role == criterion.scorers
    ]
    return Form.build(schemas.score_form(shown), options={"round": rounds, "scorer": people})


def _correct_form(criterion: Criterion, value: int | None = None) -> Form:
    shown: dict[str, fields.Field[Any]] = {
        "value": schemas.score_field(criterion, _("Corrected entry"), required=True),
        "reason": schemas.reason_field(),
    }
    return Form.build(schemas.score_form(shown), {"value": value} if value is not None else None)


def _correct_page(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    found: queries.Explanation,
    criterion: Criterion,
    number: int | None,
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
