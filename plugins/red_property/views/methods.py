"""Rating methods: which holds, what it says, and adopting another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from werkzeug.wrappers import Response

from core.sdk import Conflict, Form, Invalid, NotFound, PageContext, now, today
from plugins.red_property import documents, queries, reading, schemas, service
from plugins.red_property import permissions as may
from plugins.red_property.comparing import changes
from plugins.red_property.texts import _
from plugins.red_property.views.pages import DISTRICT, pages, render


@pages.page("/methods", permission=may.GRADE_VIEW, levels=DISTRICT)
def methods(ctx: PageContext) -> Any:
    """The methods that the district adopted, and those that come with Linli."""
    return render(
        ctx,
        "methods.html",
        methods=queries.methods(ctx.place),
        in_force=queries.method_at(ctx.place, now()),
        today=today(),
        offered=service.methods.shipped(),
        may_adopt=ctx.can(may.METHOD_ADOPT),
    )


@pages.page("/methods/<uuid:method_id>", permission=may.GRADE_VIEW, levels=DISTRICT)
def method(ctx: PageContext, method_id: UUID) -> Any:
    """What a method says."""
    found = queries.method(ctx.place, method_id)
    return render(ctx, "method.html", method=found, text=reading.read(found.document))


@pages.page("/methods/<uuid:method_id>/document", permission=may.GRADE_VIEW, levels=DISTRICT)
def method_document(ctx: PageContext, method_id: UUID) -> Any:
    """The file that a method was adopted from."""
    found = queries.method(ctx.place, method_id)
    answer = Response(_written(found.document, indent=2), mimetype="application/json")
    name = f"{found.key}-{found.version}.json"
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


@pages.page("/methods/shipped/<string:key>", permission=may.GRADE_VIEW, levels=DISTRICT)
def preview_shipped(ctx: PageContext, key: str) -> Any:
    """What a method says that comes with Linli, and what it would change."""
    return _adopt_page(ctx, _shipped(key))


@pages.page("/methods/new", permission=may.METHOD_ADOPT, levels=DISTRICT)
def new_method(ctx: PageContext) -> Any:
    """A field for a method's text."""
    return render(ctx, "new_method.html", form=Form.build(schemas.DocumentForm))


@pages.page("/methods/new", permission=may.METHOD_ADOPT, levels=DISTRICT, methods=["POST"])
def check_method(ctx: PageContext) -> Any:
    """Check the text; show what it says and would change, or everything that is wrong."""
    form = Form.build(schemas.DocumentForm)
    data = form.load(ctx.form)
    if data is not None:
        try:
            document = _read(data["document"])
            documents.read(document)
            return _adopt_page(ctx, document)
        except Invalid as error:
            _show(form, error)
    return render(ctx, "new_method.html", form=form), 422


@pages.page("/methods/adopt", permission=may.METHOD_ADOPT, levels=DISTRICT, methods=["POST"])
def adopt(ctx: PageContext) -> Any:
    """Let a method hold from a day."""
    form = Form.build(schemas.AdoptDocumentForm)
    data = form.load(ctx.form)
    try:
        document = _read(ctx.form.get("document", ""))
        documents.read(document)
    except Invalid as error:
        asked = Form.build(schemas.DocumentForm)
        asked.load(ctx.form)
        _show(asked, error)
        return render(ctx, "new_method.html", form=asked), 422
    if data is None:
        return _adopt_page(ctx, document, form), 422
    try:
        made = service.methods.adopt(ctx.actor, ctx.place, document, data["in_force_on"])
    except (Conflict, Invalid) as error:
        ctx.refused(form, error)
        return _adopt_page(ctx, document, form), error.status
    ctx.flash(_("“%(method)s” is adopted.", method=made.title))
    return ctx.redirect("method", method_id=made.id)


def _shipped(key: str) -> Mapping[str, Any]:
    found = next((one for one in service.methods.shipped() if one.key == key), None)
    if found is None:
        raise NotFound()
    return found.document


def _adopt_page(ctx: PageContext, document: Mapping[str, Any], form: Form | None = None) -> Any:
    in_force = queries.method_at(ctx.place, now())
    start = {"document": _written(document), "in_force_on": today()}
    return render(
        ctx,
        "adopt.html",
        text=reading.read(document),
        in_force=in_force,
        changes=changes(in_force.document, document) if in_force else (),
        form=form or Form.build(schemas.AdoptDocumentForm, start),
        action=ctx.url("adopt"),
        may_adopt=ctx.can(may.METHOD_ADOPT),
    )


def _read(text: str) -> Mapping[str, Any]:
    """Read JSON as a mapping.

    Raises:
        Invalid: it is none; the message names the line.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        message = _("This is not JSON: line %(line)s, column %(column)s.", **where)
        raise Invalid(message, field="document") from None
    except (RecursionError, ValueError):
        raise Invalid(_("This cannot be read as JSON."), field="document") from None
    if not isinstance(found, dict):
        raise Invalid(_("A method is an object with names and values."), field="document")
    return found


def _show(form: Form, error: Invalid) -> None:
    """Show every mistake beside the text, with its path."""
    lines = [
        message if path == "document" else _("%(path)s: %(message)s", path=path, message=message)
        for path, messages in error.fields.items()
        for message in messages
    ]
    form.add_errors({"document": lines})


def _written(document: Mapping[str, Any], indent: int | None = None) -> str:
    return json.dumps(document, ensure_ascii=False, indent=indent)
