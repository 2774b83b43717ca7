"""Two plugins that keep papers: one with a form and a page for each file, one with files alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from marshmallow import fields, validate

from core.sdk import (
    Conflict,
    Form,
    FormSchema,
    LinliError,
    Manifest,
    PageContext,
    Pages,
    Permission,
    UploadField,
    attempt,
    hookimpl,
    keep_file,
    new_id,
)


class PaperForm(FormSchema):
    title = fields.String(
        required=True, validate=validate.Length(max=20), metadata={"label": "标题"}
    )
    evidence = UploadField(
        load_default=None, allow_none=True, metadata={"label": "材料", "help": "拍下原件。"}
    )


def put(ctx: PageContext, data: Any) -> UUID | None:
    """Keep a paper; one that is called 重复 was kept before."""
    with attempt(
        ctx.actor,
        f"{ctx.plugin}.paper.put",
        object_type=f"{ctx.plugin}.paper",
        object_id=new_id(),
        place_code=ctx.place.code,
    ):
        kept = keep_file(ctx.place, ctx.plugin, data["evidence"]) if data["evidence"] else None
        if data["title"] == "重复":
            raise Conflict("已经有了。", field="title")
        return kept.id if kept else None


class Cabinet:
    """Keeps papers at communities, streets and the district."""

    def __init__(self, id_: str) -> None:
        self.manifest = Manifest(
            id=id_, name=id_, summary=id_, levels=("community", "street", "district")
        )
        self._use = f"{id_}.paper.use"

    @hookimpl
    def linli_permissions(self) -> Sequence[Permission]:
        return (Permission(self._use, "Papers", ("administrator", "staff")),)

    @hookimpl
    def linli_pages(self) -> Pages:
        pages = Pages()

        @pages.page("/", permission=self._use)
        def form(ctx: PageContext) -> Any:
            return ctx.render("paper.html", form=Form.build(PaperForm))

        @pages.page("/", permission=self._use, methods=["POST"])
        def create(ctx: PageContext) -> Any:
            form = Form.build(PaperForm)
            data = form.load(ctx.form, ctx.files)
            if data is not None:
                try:
                    return str(put(ctx, data))
                except LinliError as error:
                    ctx.refused(form, error)
            return ctx.render("paper.html", form=form), 422

        @pages.page("/files/<uuid:file_id>", permission=self._use)
        def file(ctx: PageContext, file_id: UUID) -> Any:
            return ctx.download(file_id)

        return pages


cabinet, drawer = Cabinet("cabinet"), Cabinet("drawer")
