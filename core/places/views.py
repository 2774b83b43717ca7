"""Pages of places: the desk's overview and list, and the page for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template

from core.accounts.permissions import PLACE_VIEW
from core.places import queries
from core.places.codes import OFFICIAL, Kind
from core.places.view import KINDS, PlaceView
from core.web.access import Area
from core.web.gate import Gate, required_gate
from core.web.listing import asked_page, choice, search_text
from core.web.shell import plugin_links
from core.web.slots import shown

area = Area("places", __name__, template_folder="templates")


@dataclass(frozen=True)
class Node:
    """One place in the tree at the side."""

    key: str
    label: str
    url: str
    children: tuple[Node, ...] = field(default=())


@area.page("/<place_code:place_code>", public=True)
def public(place_code: str) -> str:
    """The place's page for everybody."""
    gate = required_gate()
    slots = shown("linli_public_panel")
    children = queries.children(place_code) if gate.place.kind != "community" else []
    return render_template(
        "places/public.html",
        gate=gate,
        links=plugin_links(gate, public=True),
        slots=slots,
        children=children,
    )


@area.page("/<place_code:place_code>/-/", permission=PLACE_VIEW)
def overview(place_code: str) -> str:
    """The desk's first page of a place."""
    gate = required_gate()
    counts = queries.count_below(place_code)
    children = queries.children(place_code) if counts else []
    return render_template(
        "places/overview.html",
        gate=gate,
        children=children,
        facts=[(str(KINDS[kind]), count) for kind, count in _in_order(counts)],
        tiles=plugin_links(gate, public=False),
        slots=shown("linli_desk_panel"),
    )


@area.page("/<place_code:place_code>/-/places", permission=PLACE_VIEW)
def listed(place_code: str) -> str:
    """The list of places below this one."""
    gate = required_gate()
    name, kind = search_text("name"), choice("kind", KINDS)
    return render_template(
        "places/list.html",
        gate=gate,
        page=queries.listed(place_code, asked_page(), name=name, kind=kind),
        name=name,
        kind=kind,
        kinds=[(k, KINDS[k]) for length, k in OFFICIAL.items() if length > len(place_code)],
        labels=KINDS,
        tree=_tree(gate, queries.children(place_code)),
    )


def _tree(gate: Gate, children: list[PlaceView]) -> tuple[Node, ...]:
    """The way down to this place, as far as the visitor may see it, and what lies right below."""
    nodes = tuple(Node(c.code, c.name, f"{c.url}places") for c in children)
    for place in reversed(gate.trail):
        if gate.visitor.can(PLACE_VIEW, place):
            nodes = (Node(place.code, place.name, f"{place.url}places", nodes),)
    return nodes


def _in_order(counts: dict[str, int]) -> list[tuple[Kind, int]]:
    return [(kind, counts[kind]) for kind in KINDS if kind in counts]
