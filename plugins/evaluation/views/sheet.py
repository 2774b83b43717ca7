"""Scoring at the desk: all contestants of a round in one table and one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from core.sdk import Conflict, Forbidden, Form, Invalid, Page, PageContext, asked_page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _, texts
from plugins.evaluation.views.changed import (
    Changed,
    as_shown,
    changed,
    sent_shown,
    shown_again,
)
from plugins.evaluation.views.pages import pages, render
from plugins.evaluation.views.scoring import asked_sheet

ROWS = 50


@pages.page("/scoring/<uuid:season_id>/<int:number>/sheet", permission=may.SCORE_ENTER)
def score_sheet(ctx: PageContext, season_id: UUID, number: int) -> Any:
    """The table with what was entered."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    page = _part(sheet)
    form = _form(sheet.criteria, page.rows, True)
    return _sheet_page(ctx, detail, number, sheet, page, form, as_shown(_stands(page)))


@pages.page(
    "/scoring/<uuid:season_id>/<int:number>/sheet", permission=may.SCORE_ENTER, methods=["POST"]
)
def save_sheet(ctx: PageContext, season_id: UUID, number: int) -> Any:
    """Save the whole part of the table that is shown, or nothing of it."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    page = _part(sheet)
    form = _form(sheet.criteria, page.rows, False)
    shown = sent_shown(ctx.form, (item.name for item in form))
    data = form.load(ctx.form)
    if data is None:
        return _sheet_page(ctx, detail, number, sheet, page, form, shown), 422
    found = _all_changed(sheet.criteria, page.rows, data, shown)
    try:
        if emptied := {name: told for one in found.values() for name, told in one.emptied.items()}:
            raise Invalid(fields=emptied)
        done = service.scoring.enter_many(
            ctx.actor,
            ctx.place,
            season_id,
            number,
            {place: one.values for place, one in found.items() if one.values},
            {place: one.shown for place, one in found.items()},
        )
    except (Conflict, Forbidden, Invalid) as error:
        ctx.refused(form, error)
        detail, sheet = asked_sheet(ctx, season_id, number)
        page = _part(sheet)
        shown = shown_again(shown, _stands(page), getattr(error, "fields", ()))
        return _sheet_page(ctx, detail, number, sheet, page, form, shown), error.status
    ctx.flash(
        texts.plural("%(num)s entry is saved.", "%(num)s entries are saved.", done)
        if done
        else _("Nothing was changed.")
    )
    return ctx.redirect(
        "score_sheet", season_id=season_id, number=number, page=page.number, size=page.size
    )


def _part(sheet: queries.Sheet) -> Page[queries.SheetRow]:
    """Return the part of the contestants that the address asks for."""
    asked = asked_page(default=ROWS)
    last = max(1, -(-len(sheet.rows) // asked.size))
    number = min(asked.number, last)
    first = (number - 1) * asked.size
    return Page(list(sheet.rows[first : first + asked.size]), len(sheet.rows), number, asked.size)


def _form(criteria: Sequence[Criterion], rows: Sequence[queries.SheetRow], filled: bool) -> Form:
    shown: dict[str, Any] = {}
    data: dict[str, int] = {}
    for row in rows:
        if row.own:
            continue
        for criterion in criteria:
            label = f"{row.place.name} · {criterion.title}"
            shown[_name(row, criterion.key)] = schemas.score_field(criterion, label)
        if filled:
            data |= {_name(row, key): value for key, value in row.values.items()}
    return Form.build(schemas.score_form(shown), data if filled else None)


def _all_changed(
    criteria: Sequence[Criterion],
    rows: Sequence[queries.SheetRow],
    data: Mapping[str, Any],
    shown: Mapping[str, str],
) -> dict[UUID, Changed]:
    """Return what was changed, by the contestant's place."""
    return {
        row.place.id: changed(
            {c.key: data[_name(row, c.key)] for c in criteria}, shown, _name(row, "")
        )
        for row in rows
        if not row.own
    }


def _stands(page: Page[queries.SheetRow]) -> dict[str, int]:
    """Return what is entered, by field."""
    return {_name(row, key): value for row in page.rows for key, value in row.values.items()}


def _name(row: queries.SheetRow, key: str) -> str:
    return f"score-{row.place.id}-{key}"


def _sheet_page(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    number: int,
    sheet: queries.Sheet,
    page: Page[queries.SheetRow],
    form: Form,
    shown: Mapping[str, str],
) -> str:
    return render(
        ctx,
        "sheet.html",
        detail=detail,
        number=number,
        sheet=sheet,
        page=page,
        form=form,
        shown=shown,
    )
