"""Reads of files."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ScalarResult, select

from core.db import db
from core.errors import NotFound
from core.files.models import StoredFile
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView


@dataclass(frozen=True)
class Download:
    """A file to be given out."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


def get_download(file_id: UUID, plugin: str, trail: Collection[PlaceView]) -> Download:
    """Return a file of ``plugin`` that is kept at a place of ``trail`` or below its last one.

    Raises:
        NotFound: there is none, or it is another plugin's, or kept elsewhere.
    """
    here = list(trail)[-1]
    above = Place.code.in_([place.code for place in trail])
    found = db.session.execute(
        select(StoredFile.name, StoredFile.media_type, StoredFile.content)
        .join(Place, Place.id == StoredFile.place_id)
        .where(
            StoredFile.id == file_id,
            StoredFile.plugin == plugin,
            above | in_scope(Place, here.code),
        )
    ).one_or_none()
    if found is None:
        raise NotFound()
    return Download(*found)


def files_of(place: PlaceView, plugin: str) -> ScalarResult[StoredFile]:
    """Return the files of ``plugin`` at ``place``, oldest first, without what they hold."""
    return db.session.execute(
        select(StoredFile)
        .where(StoredFile.place_id == place.id, StoredFile.plugin == plugin)
        .order_by(StoredFile.id)
    ).scalars()
