"""A place as pages, plugins and permissions see it: frozen, without a session behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _

from core.places.codes import Kind

KINDS: dict[Kind, Any] = {
    "district": _("District"),
    "street": _("Street"),
    "community": _("Community"),
    "grid": _("Grid"),
    "micro_grid": _("Micro-grid"),
    "courtyard": _("Courtyard"),
    "building": _("Building"),
    "entrance": _("Entrance"),
    "household": _("Household"),
}


@dataclass(frozen=True)
class PlaceView:
    """One place: its identity, address and names."""

    id: UUID
    code: str
    grid_code: str | None
    kind: Kind
    name: str
    official_name: str

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.kind])

    @property
    def url(self) -> str:
        """Address of the place's desk page."""
        return f"/{self.code}/-/"

    @property
    def public_url(self) -> str:
        """Address of the place's public page."""
        return f"/{self.code}"
