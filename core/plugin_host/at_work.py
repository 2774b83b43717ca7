"""What surrounds code of a plugin that works without a request: in jobs, and hearing events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import force_locale
from psycopg.pq import TransactionStatus

from core.db import db
from core.plugin_host.loading import Installed
from core.plugin_host.speaking import speaking
from core.web.i18n import DEFAULT


class TransactionSpoilt(RuntimeError):
    """Code of a plugin ended the transaction around it, or left it unusable."""


@contextmanager
def at_work(plugin: Installed) -> Iterator[None]:
    """Let a plugin work in core's transaction under way, speaking the districts' language.

    Raises:
        TransactionSpoilt: the plugin committed or rolled back by itself, or kept the failure of a
            statement to itself, after which PostgreSQL commits nothing.
    """
    session = db.session()
    raw: Any = session.connection().connection.dbapi_connection
    begun = session.get_transaction()
    with force_locale(DEFAULT), speaking(plugin.domain):
        yield
    if session.get_transaction() is not begun:
        raise TransactionSpoilt("It ended the transaction, which is core's to end.")
    if raw.info.transaction_status == TransactionStatus.INERROR:
        raise TransactionSpoilt("A statement failed and its error was swallowed.")
