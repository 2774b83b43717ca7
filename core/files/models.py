"""Files as they are stored: what they are called and hold, and for which plugin and place."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.accounts.models import UserAccount
from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref


class StoredFile(TenantScoped, Base):
    """A file, kept in the database so that it is committed, restored and erased with what it
    proves.

    ``plugin`` owns it and decides who may read it. ``digest`` is SHA-256 in hexadecimal.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        Index("stored_file_place_id_ix", "tenant_id", "place_id", "plugin"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    plugin: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    digest: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class FileAside(TenantScoped, Base):
    """A good file of a form that was refused, kept for a day so that nobody need choose it again.

    Nothing may refer to it. Only the person who sent it can name it, in a form of the same plugin
    at the same place.
    """

    __tablename__ = "file_aside"
    __table_args__ = (Index("file_aside_user_id_ix", "tenant_id", "user_id", "created_at"),)

    user_id: Mapped[UUID] = ref(UserAccount, ondelete="CASCADE", index=False)
    place_id: Mapped[UUID] = ref(Place)
    plugin: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
