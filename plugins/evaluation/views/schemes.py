"""Pages of schemes: the list, the templates, one scheme with its versions, publishing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import Conflict, Form, Invalid, NotFound, PageContext, asked_page, indicators
from plugins.evaluation import permissions as may
from plugins.evaluation import queries, schemas, service
from plugins.evaluation.texts import _
from plugins.evaluation.views.pages import pages, render

USUAL = {"notice_days": 7, "objection_days": 5, "award_ranks": 3, "award_line": 0}
"""What a new scheme's form proposes."""


@pages.page("/schemes", permission=may.SEASON_VIEW)
def schemes(ctx: PageContext) -> Any:
    """The competitions that this place holds."""
    return render(ctx, "schemes.html", page=queries.schemes(ctx.place, asked_page()))


@pages.page("/schemes/templates", permission=may.SCHEME_EDIT)
def templates(ctx: PageContext) -> Any:
    """Examples to begin from, those that fit this kind of place."""
    return _templates_page(ctx, Form.build(schemas.TemplateForm))


@pages.page("/schemes/templates", permission=may.SCHEME_EDIT, methods=["POST"])
def copy_template(ctx: PageContext) -> Any:
    """Make a draft of one's own from an example."""
    form = Form.build(schemas.TemplateForm)
    data = form.load(ctx.form)
    if data is None:
        return _templates_page(ctx, form), 422
    try:
        made = service.schemes.copy_template(ctx.actor, ctx.place, data["template"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _templates_page(ctx, form), error.status
    ctx.flash(_("The template is copied. Adapt it, then publish it."))
    return ctx.redirect("scheme", scheme_id=made.id)


@pages.page("/schemes/new", permission=may.SCHEME_EDIT)
def new_scheme(ctx: PageContext) -> Any:
    """An empty form."""
    return render(ctx, "scheme_new.html", form=_new_form(ctx))


@pages.page("/schemes/new", permission=may.SCHEME_EDIT, methods=["POST"])
def create_scheme(ctx: PageContext) -> Any:
    """Save a draft without criteria."""
    form = _new_form(ctx)
    data = form.load(ctx.form)
    if data is None:
        return render(ctx, "scheme_new.html", form=form), 422
    try:
        made = service.schemes.create(ctx.actor, ctx.place, data)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return render(ctx, "scheme_new.html", form=form), error.status
    ctx.flash(_("The draft is saved. Now add what is judged."))
    return ctx.redirect("scheme", scheme_id=made.id)


@pages.page("/schemes/<uuid:scheme_id>", permission=may.SEASON_VIEW)
def scheme(ctx: PageContext, scheme_id: UUID) -> Any:
    """One competition: what is judged, and with which weight."""
    return scheme_page(ctx, scheme_id, Form.build(schemas.TemplateForm))


@pages.page("/schemes/<uuid:scheme_id>/rules", permission=may.SCHEME_EDIT)
def rules(ctx: PageContext, scheme_id: UUID) -> Any:
    """The form with the draft's rules."""
    detail = queries.scheme(ctx.place, scheme_id)
    draft = draft_of(detail)
    return _rules_page(ctx, detail, Form.build(schemas.RulesForm, draft.version))


@pages.page("/schemes/<uuid:scheme_id>/rules", permission=may.SCHEME_EDIT, methods=["POST"])
def change_rules(ctx: PageContext, scheme_id: UUID) -> Any:
    """Save the draft's rules."""
    detail = queries.scheme(ctx.place, scheme_id)
    draft = draft_of(detail)
    form = Form.build(schemas.RulesForm)
    data = form.load(ctx.form)
    if data is None:
        return _rules_page(ctx, detail, form), 422
    try:
        service.schemes.change_version(ctx.actor, ctx.place, draft.version.id, data)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _rules_page(ctx, queries.scheme(ctx.place, scheme_id), form), error.status
    ctx.flash(_("The changes are saved."))
    return ctx.redirect("scheme", scheme_id=scheme_id)


@pages.page("/schemes/<uuid:scheme_id>/publish", permission=may.SCHEME_EDIT, methods=["POST"])
def publish(ctx: PageContext, scheme_id: UUID) -> Any:
    """Make the draft the version that seasons are opened with."""
    draft = draft_of(queries.scheme(ctx.place, scheme_id))
    form = Form.build(schemas.TemplateForm)
    try:
        service.schemes.publish(ctx.actor, ctx.place, draft.version.id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return scheme_page(ctx, scheme_id, form), error.status
    ctx.flash(_("The version is published. It does not change any more; open a season with it."))
    return ctx.redirect("scheme", scheme_id=scheme_id)


@pages.page("/schemes/<uuid:scheme_id>/versions", permission=may.SCHEME_EDIT, methods=["POST"])
def new_version(ctx: PageContext, scheme_id: UUID) -> Any:
    """Begin a draft from the last published version."""
    form = Form.build(schemas.TemplateForm)
    try:
        service.schemes.new_version(ctx.actor, ctx.place, scheme_id)
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return scheme_page(ctx, scheme_id, form), error.status
    ctx.flash(_("A new draft is made. Seasons that run keep their version."))
    return ctx.redirect("scheme", scheme_id=scheme_id)


def scheme_page(ctx: PageContext, scheme_id: UUID, form: Form) -> str:
    """Return the page of one scheme, with what was refused."""
    detail = queries.scheme(ctx.place, scheme_id)
    newest = detail.versions[0]
    return render(
        ctx,
        "scheme.html",
        detail=detail,
        newest=newest,
        is_draft=newest.version.published_at is None,
        older=detail.versions[1:],
        form=form,
        contestants=schemas.CONTESTANTS,
        cycles=schemas.CYCLES,
        rhythms=schemas.RHYTHMS,
        directions=schemas.DIRECTIONS,
        indicators={info.id: info for info in indicators()},
        may_edit=is_keeper(ctx, detail, may.SCHEME_EDIT),
        may_open=is_keeper(ctx, detail, may.SEASON_MANAGE),
    )


def draft_of(detail: queries.SchemeDetail) -> queries.VersionDetail:
    """Return the version that may still be changed.

    Raises:
        NotFound: everything is published.
    """
    newest = detail.versions[0]
    if newest.version.published_at is not None:
        raise NotFound
    return newest


def is_keeper(ctx: PageContext, detail: queries.SchemeDetail, permission: str) -> bool:
    """Say whether the visitor works on the scheme here: it is this place's, and one may."""
    return detail.place.id == ctx.place.id and ctx.can(permission)


def _new_form(ctx: PageContext) -> Form:
    kinds = [(kind, schemas.CONTESTANTS[kind]) for kind in service.schemes.BELOW[ctx.place.kind]]
    return Form.build(schemas.NewSchemeForm, USUAL, options={"contestants": kinds})


def _rules_page(ctx: PageContext, detail: queries.SchemeDetail, form: Form) -> str:
    return render(ctx, "scheme_rules.html", detail=detail, form=form)


def _templates_page(ctx: PageContext, form: Form) -> str:
    fitting = [
        t for t in queries.templates() if t.contestants in service.schemes.BELOW[ctx.place.kind]
    ]
    return render(
        ctx,
        "templates.html",
        rows=fitting,
        form=form,
        contestants=schemas.CONTESTANTS,
        cycles=schemas.CYCLES,
    )
