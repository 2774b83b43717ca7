"""Hangs plugins into the application: core builds every blueprint and guards every page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Flask

from core.plugin_host.contract import Route
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed, module_name
from core.plugin_host.page import PageContext, blueprint_name
from core.plugin_host.speaking import speaking
from core.web.access import Access, declare
from core.web.gate import required_gate
from core.web.throttle import address_key, limiter, page_key, was_refused


def mount(app: Flask, host: PluginHost) -> None:
    """Register the pages of every plugin that can run, below ``/<place-code>/<plugin>``."""
    for plugin in host.ready():
        app.register_blueprint(
            _blueprint(plugin), url_prefix=f"/<place_code:place_code>/{plugin.id}"
        )


def page_context(plugin: str) -> PageContext:
    """Return the context of the present request for a page of ``plugin``."""
    gate = required_gate()
    return PageContext(gate.place, gate.trail, gate.visitor, plugin)


def _blueprint(plugin: Installed) -> Blueprint:
    assert plugin.manifest is not None and plugin.contribution is not None
    blueprint = Blueprint(
        blueprint_name(plugin.id),
        module_name(plugin.plugin),
        template_folder="templates",
        root_path=str(plugin.folder),
    )
    for route in plugin.contribution.pages.routes:
        access = Access(
            permission=route.permission,
            public=route.permission is None,
            plugin=plugin.id,
            levels=route.levels,
        )
        blueprint.add_url_rule(
            route.rule,
            endpoint=route.endpoint,
            view_func=declare(_view(plugin, route), access),
            methods=list(route.methods),
        )
    return blueprint


def _view(plugin: Installed, route: Route) -> Callable[..., Any]:
    @wraps(route.view)
    def view(place_code: str, **arguments: Any) -> Any:
        with speaking(plugin.domain):
            return route.view(page_context(plugin.id), **arguments)

    limited: Callable[..., Any] = view
    for limit, key in zip(_limits(route), (address_key, page_key), strict=False):
        limited = limiter.limit(limit, key_func=key, deduct_when=was_refused)(limited)
    return limited


def _limits(route: Route) -> tuple[str, ...]:
    """How often one address may be refused, and how often all of them together."""
    if route.limit is None:
        return ()
    return (route.limit,) if isinstance(route.limit, str) else route.limit
