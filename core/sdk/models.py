"""Tables of plugins: a registry each, so that one plugin's mistake stays its own."""

from __future__ import annotations

from sqlalchemy import MetaData

from core.tenancy.columns import NAMING, TenantOwned, TenantScoped, ref

__all__ = ["TenantOwned", "TenantScoped", "new_metadata", "ref"]


def new_metadata() -> MetaData:
    """Return metadata for a plugin's tables, with Linli's names for constraints.

    A declarative base around it is a registry of the plugin's own::

        class Base(DeclarativeBase):
            metadata = new_metadata()

        class Activity(TenantScoped, Base):
            __tablename__ = "p_volunteer__activity"
            place_id: Mapped[UUID] = ref(Place)
    """
    return MetaData(naming_convention=NAMING)
