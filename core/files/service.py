"""Verbs about files."""

from __future__ import annotations

import hashlib

from sqlalchemy import delete

from core.db import db
from core.files.aside import take_from_aside
from core.files.models import FileAside, StoredFile
from core.files.uploads import Upload
from core.places.view import PlaceView


def keep_file(place: PlaceView, plugin: str, upload: Upload) -> StoredFile:
    """Keep an uploaded file of ``plugin`` for good, at ``place``.

    Call it inside the verb's ``attempt``, which records it, and refer to it from a row of the
    plugin's. It is kept with the transaction under way, or not at all.
    """
    kept = StoredFile(
        place_id=place.id,
        plugin=plugin,
        name=upload.name,
        media_type=upload.media_type,
        size=len(upload.content),
        digest=hashlib.sha256(upload.content).hexdigest(),
        content=upload.content,
    )
    db.session.add(kept)
    db.session.flush()
    if upload.aside is not None:
        take_from_aside(upload.aside)
    return kept


def erase_files(place: PlaceView, plugin: str) -> int:
    """Erase all files of ``plugin`` at ``place``; return how many, without those put aside.

    Raises:
        IntegrityError: something still refers to one.
    """
    db.session.execute(
        delete(FileAside).where(FileAside.place_id == place.id, FileAside.plugin == plugin)
    )
    gone = delete(StoredFile).where(StoredFile.place_id == place.id, StoredFile.plugin == plugin)
    return len(db.session.execute(gone.returning(StoredFile.id)).all())
