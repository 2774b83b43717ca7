"""Tables of plugins: a registry each, so that one plugin's mistake stays its own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from core.tenancy.columns import NAMING, TenantScoped, ref

__all__ = ["TenantScoped", "plugin_base", "ref"]


def plugin_base() -> Any:
    """Return a declarative base with a registry and metadata of its own.

    Use it with :class:`TenantScoped`, and :func:`ref` for references::

        Base = plugin_base()

        class Activity(TenantScoped, Base):
            __tablename__ = "p_volunteer__activity"
            place_id: Mapped[UUID] = ref(Place)
    """

    class Base(DeclarativeBase):
        metadata = MetaData(naming_convention=NAMING)

    return Base
