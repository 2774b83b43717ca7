"""Hangs resources into the application: core guards, loads, locks, dumps and tags every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any

from flask import Blueprint, Flask, Response

from core.api import answering, reading
from core.api.contract import ApiContext, Operation
from core.api.published import Published, published
from core.db import db
from core.plugin_host.host import PluginHost
from core.plugin_host.speaking import speaking
from core.web.access import Access, declare
from core.web.gate import required_gate
from core.web.security import csrf


def mount(app: Flask, host: PluginHost) -> None:
    """Register core's resources below ``/api/v1/places/<code>`` and every plugin's below that.

    They are asked by token and never by cookie, so they need no CSRF token.
    """
    for part in published(host):
        blueprint = Blueprint(part.blueprint, __name__)
        reads = {operation.endpoint: operation for operation in part.operations}
        for operation in part.operations:
            current = reads[operation.current] if operation.current else None
            access = Access(
                operation.permission, plugin=part.plugin, levels=operation.levels, api=True
            )
            blueprint.add_url_rule(
                operation.rule,
                endpoint=operation.endpoint,
                view_func=declare(_view(Resource(part, operation, current)), access),
                methods=[operation.method],
            )
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix=part.prefix)


@dataclass(frozen=True)
class Resource:
    """One operation, with the one that reads what it changes."""

    part: Published
    operation: Operation
    current: Operation | None

    def answer(self, arguments: Mapping[str, Any]) -> Response:
        """Load what was sent, check what it is based on, call the view, dump what it returns."""
        operation = self.operation
        ctx = self._context()
        if self.current is not None:
            answering.require_condition()
            present = self._read(self.current, replace(ctx, for_change=True), arguments)
            answering.check_condition(present)
        result = operation.view(ctx, **arguments)
        if operation.answer is None:
            return Response(status=operation.status)
        if operation.paged:
            return answering.page(operation.answer, result, ctx.paging)
        shown = answering.dumped(operation.answer, result)
        return answering.one(shown, operation.status, self._tag(shown, ctx, arguments))

    def _context(self) -> ApiContext:
        operation, gate = self.operation, required_gate()
        query, paging = reading.query(operation.query, is_paged=operation.paged)
        body = reading.body(operation.body) if operation.body else {}
        return ApiContext(
            gate.place, gate.trail, gate.visitor, self.part.plugin, body, query, paging
        )

    def _tag(
        self, shown: answering.Dumped, ctx: ApiContext, arguments: Mapping[str, Any]
    ) -> str | None:
        """The tag of what was read, or of what a change left behind, read afresh."""
        if self.operation.method == "GET":
            return answering.etag(shown)
        if self.current is None:
            return None
        db.session.flush()
        db.session.expire_all()
        return answering.etag(self._read(self.current, ctx, arguments))

    def _read(
        self, operation: Operation, ctx: ApiContext, arguments: Mapping[str, Any]
    ) -> answering.Dumped:
        assert operation.answer is not None, "a read answers with something"
        ctx = replace(ctx, body={}, query={})
        return answering.dumped(operation.answer, operation.view(ctx, **arguments))


def _view(resource: Resource) -> Callable[..., Response]:
    @wraps(resource.operation.view)
    def view(place_code: str, **arguments: Any) -> Response:
        with speaking(resource.part.domain):
            return resource.answer(arguments)

    return view
