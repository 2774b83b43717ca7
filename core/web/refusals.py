"""What happens when a service says no: undo, record, and tell beside the field."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from core.audit import write_refusals
from core.audit.service import refused_by
from core.db import db, transaction
from core.errors import Invalid, LinliError
from core.tenancy import current
from core.web.forms import Form


def record_refusal(error: LinliError) -> None:
    """Undo what was begun and write what was refused, in a transaction of its own."""
    abandon()
    if refused_by(error) and current() is not None:
        with transaction():
            write_refusals(error)


def abandon() -> None:
    """Undo whatever was begun, even on a connection that is gone."""
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session.remove()


def refuse(form: Form, error: LinliError) -> None:
    """Undo and record, and show the refusal in ``form``, which keeps what was typed and sent."""
    record_refusal(error)
    fields = error.fields if isinstance(error, Invalid) else {}
    form.add_errors(fields or {error.field or "": [error.message]})
    form.keep_files()
