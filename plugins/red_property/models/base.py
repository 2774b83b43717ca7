"""The registry of this plugin's tables."""

from sqlalchemy.orm import DeclarativeBase

from core.sdk import new_metadata


class Base(DeclarativeBase):
    """Base of Red property's models."""

    metadata = new_metadata()
