"""Scoring at the desk: all contestants of a round in one table and one form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.sdk import Conflict, Forbidden, Form, Invalid, Page, PageContext, asked_page
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.models import Criterion
from plugins.evaluation.texts import _, texts
from plugins.evaluation.views.pages import pages, render
from plugins.evaluation.views.scoring import asked_sheet, entered

ROWS = 50


@pages.page("/scoring/<uuid:season_id>/<int:number>/sheet", permission=may.SCORE_ENTER)
def score_sheet(ctx: PageContext, season_id: UUID, number: int) -> Any:
    """The table with what was entered."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    page = _part(sheet)
    return _sheet_page(ctx, detail, number, sheet, page, _form(sheet.criteria, page.rows, True))


@pages.page(
    "/scoring/<uuid:season_id>/<int:number>/sheet", permission=may.SCORE_ENTER, methods=["POST"]
)
def save_sheet(ctx: PageContext, season_id: UUID, number: int) -> Any:
    """Save the whole part of the table that is shown, or nothing of it."""
    detail, sheet = asked_sheet(ctx, season_id, number)
    page = _part(sheet)
    form = _form(sheet.criteria, page.rows, False)
    data = form.load(ctx.form)
    if data is None:
        return _sheet_page(ctx, detail, number, sheet, page, form), 422
    try:
        values, emptied = _all_entered(sheet.criteria, page.rows, data)
        if emptied:
            raise Invalid(fields=emptied)
        done = service.scoring.enter_many(ctx.actor, ctx.place, season_id, number, values)
    except (Conflict, Forbidden, Invalid) as error:
        ctx.refused(form, error)
        return _sheet_page(ctx, detail, number, sheet, page, form), error.status
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


def _all_entered(
    criteria: Sequence[Criterion], rows: Sequence[queries.SheetRow], data: dict[str, Any]
) -> tuple[dict[UUID, dict[str, int]], dict[str, list[Any]]]:
    """Return what was typed by contestant's place and key, and what was emptied by field."""
    values: dict[UUID, dict[str, int]] = {}
    emptied: dict[str, list[Any]] = {}
    for row in rows:
        if row.own:
            continue
        typed = {c.key: data[_name(row, c.key)] for c in criteria}
        try:
            found = entered(typed, row.values, _name(row, ""))
        except Invalid as error:
            emptied |= error.fields
            continue
        if found:
            values[row.place.id] = found
    return values, emptied


def _name(row: queries.SheetRow, key: str) -> str:
    return f"score-{row.place.id}-{key}"


def _sheet_page(
    ctx: PageContext,
    detail: queries.SeasonDetail,
    number: int,
    sheet: queries.Sheet,
    page: Page[queries.SheetRow],
    form: Form,
) -> str:
    return render(
        ctx, "sheet.html", detail=detail, number=number, sheet=sheet, page=page, form=form
    )
