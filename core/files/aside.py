"""Keeps the good files of a refused form for a day, so that nobody need choose them again.

These are no business acts: nothing of a plugin changes, and only the sender can name them. So
they are written past the models, and nothing of it stands in the audit log.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from core.clock import now
from core.db import db, transaction
from core.files.models import FileAside
from core.files.uploads import Upload
from core.ids import new_id
from core.places.view import PlaceView
from core.tenancy import required

KEPT = timedelta(days=1)
MOST_OF_A_PERSON = 5

_aside: Any = FileAside.__table__


def put_aside(user_id: UUID, place: PlaceView, plugin: str, upload: Upload) -> UUID:
    """Keep ``upload`` for a person, for forms of ``plugin`` at ``place``; return its id.

    A person's older ones go when there are more than five.
    """
    if upload.aside is not None:
        return upload.aside
    id_ = new_id()
    row = {
        "tenant_id": required(),
        "id": id_,
        "user_id": user_id,
        "place_id": place.id,
        "plugin": plugin,
        "name": upload.name,
        "media_type": upload.media_type,
        "content": upload.content,
        "created_at": now(),
    }
    connection = db.session.connection()
    connection.execute(insert(_aside).values(row))
    own = (_aside.c.tenant_id == required(), _aside.c.user_id == user_id)
    older = select(_aside.c.id).where(*own).order_by(_aside.c.id.desc()).offset(MOST_OF_A_PERSON)
    connection.execute(delete(_aside).where(*own, _aside.c.id.in_(older)))
    return id_


def find_aside(user_id: UUID, place: PlaceView, plugin: str, id_: UUID) -> Upload | None:
    """Return what this person put aside here less than a day ago, or ``None``."""
    found = db.session.execute(
        select(FileAside.name, FileAside.media_type, FileAside.content).where(
            FileAside.id == id_,
            FileAside.user_id == user_id,
            FileAside.place_id == place.id,
            FileAside.plugin == plugin,
            FileAside.created_at > now() - KEPT,
        )
    ).one_or_none()
    return Upload(*found, aside=id_) if found else None


def take_from_aside(id_: UUID) -> None:
    """Forget what was put aside, since it is kept for good now."""
    gone = delete(_aside).where(_aside.c.tenant_id == required(), _aside.c.id == id_)
    db.session.connection().execute(gone)


def forget_aside() -> None:
    """Delete what was put aside a day ago. Call it in a tenant, with no transaction open."""
    old = _aside.c.created_at <= now() - KEPT
    with transaction() as session:
        session.connection().execute(delete(_aside).where(_aside.c.tenant_id == required(), old))
