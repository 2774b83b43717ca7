"""What everybody may see: who looks after us, how well, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.sdk import PageContext, asked_page, now, search_text
from plugins.red_property import queries, reading
from plugins.red_property.serving import served_at
from plugins.red_property.views.asking import asked_level, level_names, look
from plugins.red_property.views.pages import district_of, pages, render


@pages.page("/open", public=True)
def public_index(ctx: PageContext) -> Any:
    """The companies that serve this place, with their grades."""
    district, moment = district_of(ctx), now()
    within = None if ctx.place.kind == "district" else ctx.place
    shares = queries.distribution(district, moment, within=within)
    name, level = search_text("name"), asked_level(shares)
    return render(
        ctx,
        "public_index.html",
        page=queries.grades(
            district,
            moment,
            within=within,
            paging=asked_page(default=20),
            search=name,
            level=level,
        ),
        served=served_at(ctx.place),
        method=queries.method_at(district, moment),
        shares=shares,
        level_names=level_names(shares),
        level_url=lambda key: ctx.url("public_index", level=key),
        name=name,
        level=level,
    )


@pages.page("/open/method", public=True)
def public_method(ctx: PageContext) -> Any:
    """How the grade is computed, in full."""
    method = queries.method_at(district_of(ctx), now())
    text = reading.read(method.document) if method else None
    return render(ctx, "public_method.html", method=method, text=text)


@pages.page("/open/<uuid:organisation_id>", public=True)
def public_company(ctx: PageContext, organisation_id: UUID) -> Any:
    """One company's receipt: what counts and what does not, without basis and evidence."""
    found = look(ctx, organisation_id)
    return render(
        ctx,
        "public_company.html",
        receipt=found.receipt,
        areas=found.areas,
        asked=found.asked,
        missed=found.missed,
    )
