"""Pages of a draft's criteria: add, change, remove."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from core.sdk import (
    Conflict,
    Form,
    IndicatorInfo,
    Invalid,
    NotFound,
    PageContext,
    choice,
    indicators,
)
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.models import CRITERION_KINDS, Criterion
from plugins.evaluation.texts import _
from plugins.evaluation.views.pages import pages, render
from plugins.evaluation.views.schemes import draft_of


@pages.page("/schemes/<uuid:scheme_id>/criteria/new", permission=may.SCHEME_EDIT)
def new_criterion(ctx: PageContext, scheme_id: UUID) -> Any:
    """An empty form for one kind of criterion, as ``?kind=`` says."""
    detail = queries.scheme(ctx.place, scheme_id)
    draft_of(detail)
    kind = _asked_kind()
    return _criterion_page(ctx, detail, kind, _form(detail, kind))


@pages.page("/schemes/<uuid:scheme_id>/criteria/new", permission=may.SCHEME_EDIT, methods=["POST"])
def add_criterion(ctx: PageContext, scheme_id: UUID) -> Any:
    """Add a criterion to the draft."""
    return _save(ctx, queries.scheme(ctx.place, scheme_id), _asked_kind())


@pages.page("/schemes/<uuid:scheme_id>/criteria/<uuid:criterion_id>", permission=may.SCHEME_EDIT)
def criterion(ctx: PageContext, scheme_id: UUID, criterion_id: UUID) -> Any:
    """The form with what a criterion says."""
    detail = queries.scheme(ctx.place, scheme_id)
    found = _find(detail, criterion_id)
    return _criterion_page(ctx, detail, found.kind, _form(detail, found.kind, found), found)


@pages.page(
    "/schemes/<uuid:scheme_id>/criteria/<uuid:criterion_id>",
    permission=may.SCHEME_EDIT,
    methods=["POST"],
)
def change_criterion(ctx: PageContext, scheme_id: UUID, criterion_id: UUID) -> Any:
    """Save a criterion of the draft."""
    detail = queries.scheme(ctx.place, scheme_id)
    found = _find(detail, criterion_id)
    return _save(ctx, detail, found.kind, found)


@pages.page(
    "/schemes/<uuid:scheme_id>/criteria/<uuid:criterion_id>/remove", permission=may.SCHEME_EDIT
)
def ask_remove_criterion(ctx: PageContext, scheme_id: UUID, criterion_id: UUID) -> Any:
    """Say what is taken away."""
    detail = queries.scheme(ctx.place, scheme_id)
    found = _find(detail, criterion_id)
    return render(ctx, "criterion_remove.html", detail=detail, criterion=found)


@pages.page(
    "/schemes/<uuid:scheme_id>/criteria/<uuid:criterion_id>/remove",
    permission=may.SCHEME_EDIT,
    methods=["POST"],
)
def remove_criterion(ctx: PageContext, scheme_id: UUID, criterion_id: UUID) -> Any:
    """Take a criterion out of the draft."""
    detail = queries.scheme(ctx.place, scheme_id)
    found = _find(detail, criterion_id)
    draft = draft_of(detail)
    service.schemes.remove_criterion(ctx.actor, ctx.place, draft.version.id, found.key)
    ctx.flash(_("The criterion is removed."))
    return ctx.redirect("scheme", scheme_id=scheme_id)


def _save(
    ctx: PageContext, detail: queries.SchemeDetail, kind: str, found: Criterion | None = None
) -> Any:
    draft = draft_of(detail)
    form = _form(detail, kind)
    data = form.load(ctx.form)
    if data is None:
        return _criterion_page(ctx, detail, kind, form, found), 422
    try:
        values = {"kind": kind, **data}
        if kind == "indicator":
            values["full"] = _in_stored_unit(data["full"], _measured(detail)[data["indicator"]])
        service.schemes.put_criterion(
            ctx.actor, ctx.place, draft.version.id, found.key if found else None, values
        )
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        detail = queries.scheme(ctx.place, detail.scheme.id)
        return _criterion_page(ctx, detail, kind, form, found), error.status
    ctx.flash(_("The criterion is saved."))
    return ctx.redirect("scheme", scheme_id=detail.scheme.id)


def _asked_kind() -> str:
    kind = choice("kind", CRITERION_KINDS)
    if not kind:
        raise NotFound
    return kind


def _find(detail: queries.SchemeDetail, criterion_id: UUID) -> Criterion:
    """Return a criterion of the draft.

    Raises:
        NotFound: it is none of the draft's.
    """
    found = next((c for c in draft_of(detail).criteria if c.id == criterion_id), None)
    if found is None:
        raise NotFound
    return found


def _form(detail: queries.SchemeDetail, kind: str, found: Criterion | None = None) -> Form:
    if kind != "indicator":
        return Form.build(schemas.CRITERION_FORMS[kind], found or {"direction": "more"})
    measured = _measured(detail)
    data: dict[str, Any] = {"direction": "more"}
    if found is not None:
        data = {name: getattr(found, name) for name in schemas.IndicatorCriterionForm().fields}
        info = measured.get(found.indicator or "")
        data["full"] = Decimal(found.full) / (info.divisor if info else 1)
    options = {"indicator": [(info.id, _named(info)) for info in measured.values()]}
    return Form.build(schemas.IndicatorCriterionForm, data, options=options)


def _measured(detail: queries.SchemeDetail) -> dict[str, IndicatorInfo]:
    """Return the indicators of the kind of place that competes."""
    return {info.id: info for info in indicators(detail.scheme.contestants)}


def _named(info: IndicatorInfo) -> Any:
    return _(
        "%(name)s (%(plugin)s, in %(unit)s)",
        name=info.name,
        plugin=info.plugin_name,
        unit=info.unit,
    )


def _in_stored_unit(full: Decimal, info: IndicatorInfo) -> int:
    """Return a number in the indicator's shown unit as it is stored.

    Raises:
        Invalid: it is no whole number there.
    """
    stored = full * info.divisor
    if stored != stored.to_integral_value():
        raise Invalid(_("This is finer than the indicator measures."), field="full")
    return int(stored)


def _criterion_page(
    ctx: PageContext,
    detail: queries.SchemeDetail,
    kind: str,
    form: Form,
    found: Criterion | None = None,
) -> str:
    others = [c for c in detail.versions[0].criteria if found is None or c.id != found.id]
    return render(
        ctx,
        "criterion.html",
        detail=detail,
        kind=kind,
        form=form,
        criterion=found,
        weight=sum(c.weight for c in others),
        roles=sorted({c.scorers for c in others if c.scorers}),
        volume=[info for info in _measured(detail).values() if info.rewards_volume],
    )
