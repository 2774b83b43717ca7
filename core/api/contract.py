"""How core and plugins describe resources: schemas in, schemas out, who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from marshmallow import Schema

from core.accounts.actor import Actor
from core.paging import Paging
from core.places.view import PlaceView

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
ResourceView = Callable[..., Any]


@dataclass(frozen=True)
class ApiContext:
    """Handed to every view of a resource.

    Args:
        actor: who the token belongs to, holding no more than the token allows.
        body: what was sent, loaded by the operation's body schema.
        query: what stands behind the ``?``, loaded by its query schema.
        paging: the page of a list that is wanted.
        for_change: the view is asked for the present state because a change follows: lock it.
    """

    place: PlaceView
    trail: tuple[PlaceView, ...]
    actor: Actor
    plugin: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    paging: Paging = field(default_factory=Paging)
    for_change: bool = False

    def can(self, permission: str) -> bool:
        """Say whether the token holds ``permission`` at this place."""
        return self.actor.can(permission, self.place)


@dataclass(frozen=True)
class Operation:
    """One method of one resource.

    ``also`` says, by permission, which part of the operation needs it besides ``permission``.
    """

    method: Method
    rule: str
    endpoint: str
    view: ResourceView
    permission: str
    summary: Any
    answer: type[Schema] | None
    status: int
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    paged: bool = False
    current: str | None = None
    levels: tuple[str, ...] | None = None
    also: Mapping[str, Any] = field(default_factory=dict)


class Resources:
    """Collects resources; core builds the blueprint, guards, loads, dumps and documents them.

    ::

        api = Resources()

        @api.get("/activities", permission=ACTIVITY_VIEW, answer=ActivityOut, paged=True,
                 summary=_("List activities"))
        def activities(ctx: ApiContext) -> Page[Activity]: ...
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []

    def get(
        self,
        rule: str,
        *,
        permission: str,
        answer: type[Schema],
        summary: Any,
        query: type[Schema] | None = None,
        paged: bool = False,
        levels: tuple[str, ...] | None = None,
    ) -> Callable[[ResourceView], ResourceView]:
        """Add a read. The view returns what ``answer`` dumps, or with ``paged`` a ``Page``.

        Args:
            rule: a Werkzeug rule below the place's resource; begins with ``/`` and ends without.
            permission: what the token needs at that place.
            summary: one line for the document.
            levels: kinds of place that have it; by default all of the plugin's.

        A single object is answered with an ``ETag``.
        """
        return self._add(
            "GET", rule, permission, summary, answer, 200, query=query, paged=paged, levels=levels
        )

    def post(
        self,
        rule: str,
        *,
        permission: str,
        summary: Any,
        body: type[Schema] | None = None,
        answer: type[Schema] | None = None,
        status: int = 201,
        levels: tuple[str, ...] | None = None,
    ) -> Callable[[ResourceView], ResourceView]:
        """Add an act; it answers ``status`` (201 made, 202 begun as a job, 200 done)."""
        return self._add(
            "POST", rule, permission, summary, answer, status, body=body, levels=levels
        )

    def put(
        self,
        rule: str,
        *,
        permission: str,
        summary: Any,
        body: type[Schema],
        answer: type[Schema],
        current: str,
        levels: tuple[str, ...] | None = None,
        also: Mapping[str, Any] | None = None,
    ) -> Callable[[ResourceView], ResourceView]:
        """Add a change. ``If-Match`` must carry the ``ETag`` of ``current``.

        Args:
            also: for the document: permissions that parts of the change need besides, each with
                what it is for; the view checks them.
            current: name of the view that reads what is changed; it takes the same arguments and
                is called first, with ``ctx.for_change`` set.
        """
        return self._add(
            "PUT",
            rule,
            permission,
            summary,
            answer,
            200,
            body=body,
            current=current,
            levels=levels,
            also=also or {},
        )

    def delete(
        self,
        rule: str,
        *,
        permission: str,
        summary: Any,
        current: str,
        levels: tuple[str, ...] | None = None,
    ) -> Callable[[ResourceView], ResourceView]:
        """Add a removal (204), guarded by ``If-Match`` like a change."""
        return self._add(
            "DELETE", rule, permission, summary, None, 204, current=current, levels=levels
        )

    def _add(
        self,
        method: Method,
        rule: str,
        permission: str,
        summary: Any,
        answer: type[Schema] | None,
        status: int,
        **more: Any,
    ) -> Callable[[ResourceView], ResourceView]:
        def add(view: ResourceView) -> ResourceView:
            name = getattr(view, "__name__", "resource")
            self.operations.append(
                Operation(method, rule, name, view, permission, summary, answer, status, **more)
            )
            return view

        return add
