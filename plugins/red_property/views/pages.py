"""The collection that every page of Red property is added to, and how its templates are filled."""

from __future__ import annotations

from typing import Any, Literal

from markupsafe import Markup

from core.sdk import PageContext, Pages, PlaceView
from plugins.red_property.showing import HELPERS

pages = Pages()

DISTRICT: tuple[Literal["district"]] = ("district",)
"""Levels of the pages that enter, decide and adopt: all of it belongs to the district."""


def render(ctx: PageContext, template: str, **values: Any) -> Markup:
    """Render a template with what writes points and levels."""
    return ctx.render(template, **HELPERS, **values)


def district_of(ctx: PageContext) -> PlaceView:
    """Return the district of this place, to which methods and items belong."""
    return ctx.trail[0]
