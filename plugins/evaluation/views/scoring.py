"""Scoring on the phone: my seasons, a round, one contestant after the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.sdk import Conflict, Forbidden, Form, Invalid, NotFound, PageContext
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _
from plugins.evaluation.views.pages import pages, render


@pages.page("/scoring", permission=may.SCORE_ENTER)
def my_scoring(ctx: PageContext) -> Any:
    """The seasons in which the visitor is appointed, with what is left to do."""
    return render(ctx, "scoring.html", rows=queries.my_seasons(ctx.actor, ctx.place))


@pages.page("/scoring/<uuid:season_id>", permission=may.SCORE_ENTER)
def scoring(ctx: PageContext, season_id: UUID) -> Any:
    """Lead to the round that began last."""
    detail = queries.season(ctx.place, season_id)
    begun = [each.number for each in detail.rounds if each.begun]
    return ctx.redirect("scoring_round", season_id=season_id, number=begun[-1] if begun else 1)


@pages.page("/scoring/<uuid:season_id>/<int:number>", permission=may.SCORE_ENTER)
def scoring_round(ctx: PageContext, season_id: UUID, number: int) -> Any:
    """The contestants of a round, done and not done."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    return render(ctx, "scoring_round.html", detail=detail, number=number, sheet=sheet)


@pages.page(
    "/scoring/<uuid:season_id>/<int:number>/<place_code:contestant>", permission=may.SCORE_ENTER
)
def scoring_one(ctx: PageContext, season_id: UUID, number: int, contestant: str) -> Any:
    """What one contestant is scored for, with what was entered."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    row = _row(sheet, contestant)
    return _one_page(ctx, detail, number, sheet, row, _one_form(sheet.criteria, row))


@pages.page(
    "/scoring/<uuid:season_id>/<int:number>/<place_code:contestant>",
    permission=may.SCORE_ENTER,
    methods=["POST"],
)
def score_one(ctx: PageContext, season_id: UUID, number: int, contestant: str) -> Any:
    """Save what was typed, and go on to the next who is not done."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    row = _row(sheet, contestant)
    form = _one_form(sheet.criteria, None)
    data = form.load(ctx.form)
    if data is None:
        return _one_page(ctx, detail, number, sheet, row, form), 422
    try:
        values = entered(
            {c.key: data[f"score-{c.key}"] for c in sheet.criteria}, row.values, "score-"
        )
        if not values:
            raise Invalid(_("Enter at least one mark."))
        remarks = {key: data[f"remark-{key}"] for key in values}
        service.scoring.enter(
            ctx.actor, ctx.place, season_id, row.place.id, number, values, remarks
        )
    except (Conflict, Forbidden, Invalid) as error:
        ctx.refused(form, error)
        return _one_page(ctx, detail, number, sheet, row, form), error.status
    ctx.flash(_("%(place)s is saved.", place=row.place.name))
    return _go_on(ctx, season_id, number, contestant)


def asked_sheet(
    ctx: PageContext, season_id: UUID, number: int
) -> tuple[queries.SeasonDetail, queries.Sheet]:
    """Return a season in which the visitor scores, and a round's sheet.

    Raises:
        NotFound: no such season or round here, or the visitor is not appointed in it.
    """
    detail = queries.season(ctx.place, season_id)
    if number not in {r.number for r in detail.rounds}:
        raise NotFound
    if all(a.scorer.user_id != ctx.actor.id for a in detail.scorers):
        raise NotFound
    return detail, queries.sheet(detail, ctx.actor, number)


def entered(
    typed: Mapping[str, int | None], before: Mapping[str, int], prefix: str
) -> dict[str, int]:
    """Return the values that were typed, by key.

    Raises:
        Invalid: naming with ``prefix`` every field that had a value and was emptied.
    """
    emptied = [key for key, value in typed.items() if value is None and key in before]
    if emptied:
        reason = _("What was entered cannot be emptied; enter another value.")
        raise Invalid(fields={f"{prefix}{key}": [reason] for key in emptied})
    return {key: value for key, value in typed.items() if value is not None}


def _go_on(ctx: PageContext, season_id: UUID, number: int, contestant: str) -> Any:
    """Send the browser to the next contestant of the list who is not done, else to the list."""
    _detail, sheet = asked_sheet(ctx, season_id, number)
    rows = list(sheet.rows)
    here = [row.place.code for row in rows].index(contestant)
    around = rows[here + 1 :] + rows[:here]
    following = next((r for r in around if not r.done and not r.own), None)
    if following is None:
        return ctx.redirect("scoring_round", season_id=season_id, number=number)
    return ctx.redirect(
        "scoring_one", season_id=season_id, number=number, contestant=following.place.code
    )


def _row(sheet: queries.Sheet, contestant: str) -> queries.SheetRow:
    found = next((row for row in sheet.rows if row.place.code == contestant), None)
    if found is None:
        raise NotFound
    return found


def _one_form(criteria: tuple[Criterion, ...], row: queries.SheetRow | None) -> Form:
    shown: dict[str, Any] = {}
    for criterion in criteria:
        shown[f"score-{criterion.key}"] = schemas.score_field(criterion)
        shown[f"remark-{criterion.key}"] = schemas.remark_field()
    data: dict[str, Any] | None = None
    if row is not None:
        data = {f"score-{key}": value for key, value in row.values.items()}
        data |= {f"remark-{key}": text for key, text in row.remarks.items()}
    return Form.build(schemas.score_form(shown), data)


def _one_page(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    number: int,
    sheet: queries.Sheet,
    row: queries.SheetRow,
    form: Form,
) -> str:
    codes = [each.place.code for each in sheet.rows]
    return render(
        ctx,
        "scoring_one.html",
        detail=detail,
        number=number,
        sheet=sheet,
        row=row,
        position=codes.index(row.place.code) + 1,
        form=form,
    )
