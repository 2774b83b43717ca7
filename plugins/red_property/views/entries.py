"""Entering an item, looking at it, and letting it count no more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from core.sdk import (
    Conflict,
    Form,
    Invalid,
    NotFound,
    PageContext,
    account_names,
    new_id,
    now,
    service_areas,
)
from plugins.red_property import permissions as may
from plugins.red_property import queries, schemas, service
from plugins.red_property.models import ENDING_KINDS, Entry, MethodItem
from plugins.red_property.rules import hundredths
from plugins.red_property.showing import exact
from plugins.red_property.texts import _
from plugins.red_property.views.pages import DISTRICT, pages, render

COMPANY = "/companies/<uuid:organisation_id>/items"


@pages.page(f"{COMPANY}/new", permission=may.ITEM_ENTER, levels=DISTRICT)
def choose_item(ctx: PageContext, organisation_id: UUID) -> Any:
    """The method's items, by section."""
    grade = queries.grade_of(ctx.place, organisation_id, now())
    method = queries.method_at(ctx.place, now())
    sections = []
    if method is not None:
        detail = queries.method_detail(ctx.place, method.id)
        for section in detail.sections:
            items = [item for item in detail.items if item.section_id == section.id]
            sections.append((section, items))
    return render(ctx, "choose_item.html", grade=grade, sections=sections)


@pages.page(f"{COMPANY}/new/<uuid:item_id>", permission=may.ITEM_ENTER, levels=DISTRICT)
def new_entry(ctx: PageContext, organisation_id: UUID, item_id: UUID) -> Any:
    """The form for one item."""
    return _entry_page(ctx, organisation_id, item_id)


@pages.page(
    f"{COMPANY}/new/<uuid:item_id>", permission=may.ITEM_ENTER, levels=DISTRICT, methods=["POST"]
)
def enter(ctx: PageContext, organisation_id: UUID, item_id: UUID) -> Any:
    """Enter it; sent again, as by a second click, it is entered once."""
    sent = _sent_id(ctx)
    if sent and (made := queries.entered(ctx.place, sent, organisation_id, item_id)):
        return _entered(ctx, made)
    form = _entry_form(queries.item(ctx.place, item_id).item, organisation_id)
    data = form.load(ctx.form, ctx.files)
    if data is None:
        return _entry_page(ctx, organisation_id, item_id, form), 422
    try:
        entry = service.ledger.enter(
            ctx.actor,
            ctx.place,
            organisation_id,
            item_id,
            hundredths(data["points"]),
            data["occurred_on"],
            data["about_place"],
            data["basis"],
            data["evidence"],
            data["valid_from"],
            data["id"],
        )
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _entry_page(ctx, organisation_id, item_id, form), error.status
    return _entered(ctx, entry)


@pages.page("/items/<uuid:entry_id>", permission=may.GRADE_VIEW, levels=DISTRICT)
def entry(ctx: PageContext, entry_id: UUID) -> Any:
    """One item with its basis, and how it ended."""
    line = queries.entry(ctx.place, entry_id)
    people = {line.entry.entered_by, line.ending.ended_by if line.ending else None} - {None}
    return render(
        ctx,
        "entry.html",
        line=line,
        names=account_names([person for person in people if person]),
        ending_names=schemas.ENDING_NAMES,
        may_end=ctx.can(may.ITEM_END),
        may_read_evidence=ctx.can(may.ITEM_ENTER),
    )


@pages.page("/items/<uuid:entry_id>/evidence", permission=may.ITEM_ENTER, levels=DISTRICT)
def evidence(ctx: PageContext, entry_id: UUID) -> Any:
    """The file that shows it."""
    line = queries.entry(ctx.place, entry_id)
    if line.entry.evidence_id is None:
        raise NotFound()
    return ctx.download(line.entry.evidence_id)


@pages.page("/items/<uuid:entry_id>/end", permission=may.ITEM_END, levels=DISTRICT)
def ask_end(ctx: PageContext, entry_id: UUID) -> Any:
    """Say what the score becomes, and ask why; what ended already only shows how."""
    if queries.entry(ctx.place, entry_id).ending is not None:
        return ctx.redirect("entry", entry_id=entry_id)
    return _end_page(ctx, entry_id)


@pages.page(
    "/items/<uuid:entry_id>/end", permission=may.ITEM_END, levels=DISTRICT, methods=["POST"]
)
def end(ctx: PageContext, entry_id: UUID) -> Any:
    """Let it count no more."""
    form = _end_form(queries.entry(ctx.place, entry_id))
    data = form.load(ctx.form)
    if data is None:
        return _end_page(ctx, entry_id, form), 422
    try:
        service.ledger.end(ctx.actor, ctx.place, entry_id, data["kind"], data["reason"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _end_page(ctx, entry_id, form), error.status
    ctx.flash(_("The item counts no more."))
    return ctx.redirect("entry", entry_id=entry_id)


def _sent_id(ctx: PageContext) -> UUID | None:
    try:
        return UUID(ctx.form.get("id", ""))
    except ValueError:
        return None


def _entered(ctx: PageContext, entry: Entry) -> Any:
    ctx.flash(_("Item no. %(number)s is entered.", number=entry.number))
    return ctx.redirect("company", organisation_id=entry.organisation_id)


def _entry_page(
    ctx: PageContext, organisation_id: UUID, item_id: UUID, form: Form | None = None
) -> Any:
    chosen = queries.item(ctx.place, item_id)
    return render(
        ctx,
        "new_entry.html",
        grade=queries.grade_of(ctx.place, organisation_id, now()),
        method=chosen.method,
        item=chosen.item,
        section=chosen.section,
        form=form or _entry_form(chosen.item, organisation_id),
    )


def _entry_form(item: MethodItem, organisation_id: UUID) -> Form:
    schema = schemas.EvidencedEntryForm if item.evidence_needed else schemas.EntryForm
    prefilled: dict[str, Any] = {"id": new_id()}
    if item.least == item.most:
        prefilled["points"] = exact(item.most)
    return Form.build(schema, prefilled, options=_places(organisation_id))


def _places(organisation_id: UUID) -> Mapping[str, Iterable[tuple[UUID, str]]]:
    """The places that a company serves or served, for the form's choice."""
    named = {place.id: place.name for _area, place in service_areas(organisation_id)}
    return {"about_place": named.items()}


def _end_form(line: queries.Line) -> Form:
    """What stands for a term cannot be put right before it ends."""
    kinds = ENDING_KINDS if line.item.until_rectified else ("revoked",)
    named = [(kind, schemas.ENDING_NAMES[kind]) for kind in kinds]
    return Form.build(schemas.EndForm, {"kind": kinds[-1]}, options={"kind": named})


def _end_page(ctx: PageContext, entry_id: UUID, form: Form | None = None) -> Any:
    line = queries.entry(ctx.place, entry_id)
    receipt = queries.receipt(ctx.place, line.entry.organisation_id, now())
    return render(
        ctx,
        "end.html",
        line=line,
        before=receipt.grade,
        after=queries.without(receipt, entry_id),
        form=form or _end_form(line),
    )
