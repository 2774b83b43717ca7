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
from plugins.evaluation.views.changed import (
    PREFIX,
    as_shown,
    changed,
    sent_shown,
    shown_again,
)
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
    shown = as_shown(_stands(row)) | {f"remark-{key}": text for key, text in row.remarks.items()}
    form = _one_form(sheet.criteria, row)
    return _one_page(ctx, detail, number, sheet, row, form, shown)


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
    shown = sent_shown(ctx.form, (f"score-{c.key}" for c in sheet.criteria))
    shown |= {name: ctx.form.get(f"{PREFIX}{name}", "") for name in _remark_names(sheet).values()}
    data = form.load(ctx.form)
    if data is None:
        return _one_page(ctx, detail, number, sheet, row, form, shown), 422
    remarks = {
        key: data[name]
        for key, name in _remark_names(sheet).items()
        if data[name] != shown[name].strip()
    }
    typed = {c.key: data[f"score-{c.key}"] for c in sheet.criteria}
    found = changed(typed, shown, "score-", remarks)
    try:
        if found.emptied:
            raise Invalid(fields=found.emptied)
        if not any(value is not None for value in typed.values()):
            raise Invalid(_("Enter at least one mark."))
        service.scoring.enter(
            ctx.actor,
            ctx.place,
            season_id,
            row.place.id,
            number,
            found.values,
            remarks,
            found.shown,
        )
    except (Conflict, Forbidden, Invalid) as error:
        ctx.refused(form, error)
        detail, sheet = asked_sheet(ctx, season_id, number)
        row = _row(sheet, contestant)
        shown = shown_again(shown, _stands(row), getattr(error, "fields", ()))
        return _one_page(ctx, detail, number, sheet, row, form, shown), error.status
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


def _remark_names(sheet: queries.Sheet) -> dict[str, str]:
    """Return the names of the fields for remarks, by the criterion's key."""
    return {c.key: f"remark-{c.key}" for c in sheet.criteria}


def _stands(row: queries.SheetRow) -> dict[str, int]:
    """Return what is entered, by field."""
    return {f"score-{key}": value for key, value in row.values.items()}


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
    shown: Mapping[str, str],
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
        shown=shown,
    )
