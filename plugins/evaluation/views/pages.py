"""The collection that every page of Evaluation is added to, and what their templates share."""

from __future__ import annotations

from typing import Any

from core.sdk import PageContext, Pages
from plugins.evaluation import showing

pages = Pages()


def render(ctx: PageContext, template: str, **values: Any) -> str:
    """Render a template of this plugin, which writes figures with ``show``."""
    return ctx.render(template, show=showing, **values)
