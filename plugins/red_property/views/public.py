"""What everybody may see: who looks after us, how well, and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from core.sdk import PageContext, asked_page, now, search_text
from plugins.red_property import queries, reading
from plugins.red_property.serving import served_at
from plugins.red_property.views.asking import level_names, present
from plugins.red_property.views.pages import district_of, pages, render


@pages.page("/open", public=True)
def public_index(ctx: PageContext) -> Any:
    """The companies that serve this place, with their grades."""
    name = search_text("name")
    found = queries.overview(
        district_of(ctx),
        now(),
        within=None if ctx.place.kind == "district" else ctx.place,
        paging=asked_page(default=20),
        search=name,
        level=ctx.query.get("level", ""),
    )
    return render(
        ctx,
        "public_index.html",
        found=found,
        served=served_at(ctx.place),
        level_names=level_names(found.shares),
        level_url=lambda key: ctx.url("public_index", level=key),
        name=name,
    )


@pages.page("/open/method", public=True)
def public_method(ctx: PageContext) -> Any:
    """How the grade is computed, in full."""
    method = queries.method_at(district_of(ctx), now())
    text = reading.read(method.document) if method else None
    return render(ctx, "public_method.html", method=method, text=text)


@pages.page("/open/<uuid:organisation_id>", public=True)
def public_company(ctx: PageContext, organisation_id: UUID) -> Any:
    """One company's receipt as it stands: what counts, without basis and evidence.

    What was taken back, put right or has expired is for the office alone.
    """
    areas, receipt = present(ctx, organisation_id)
    return render(
        ctx, "public_company.html", receipt=replace(receipt, not_counting=()), areas=areas
    )
