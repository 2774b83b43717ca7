"""Which tenant this piece of work is for. ``enter`` is the only way in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_tenant: ContextVar[int | None] = ContextVar("linli_tenant", default=None)
_dispatching: ContextVar[bool] = ContextVar("linli_dispatching", default=False)
_batching: ContextVar[bool] = ContextVar("linli_batching", default=False)
_open_transaction: list[Callable[[], bool]] = []


class TenancyError(RuntimeError):
    """Code that would work without a tenant, or for two at once."""


def current() -> int | None:
    """Return the id of the tenant that was entered, or ``None``."""
    return _tenant.get()


def required() -> int:
    """Return the id of the tenant that was entered.

    Raises:
        TenancyError: outside of ``enter``.
    """
    tenant = _tenant.get()
    if tenant is None:
        raise TenancyError("No tenant was entered: wrap the work in tenancy.enter(tenant).")
    return tenant


def dispatching() -> bool:
    """Say whether work runs as role ``linli_dispatch``, which sees only what is due, of all."""
    return _dispatching.get()


def batching() -> bool:
    """Say whether work runs as role ``linli_batch``, which may delete from ledgers."""
    return _batching.get()


def watch_transactions(is_open: Callable[[], bool]) -> None:
    """Tell this module how to see that a transaction is open (called once, by ``core.db``)."""
    _open_transaction[:] = [is_open]


@contextmanager
def enter(tenant: int) -> Iterator[int]:
    """Do what follows for ``tenant`` (its id): in the database, in queries and in new rows.

    Entering the same tenant again is harmless. The database learns the tenant with ``BEGIN``,
    so another tenant cannot be entered while a transaction is open.

    Raises:
        TenancyError: a transaction is open for another tenant, or for none.
    """
    if isinstance(tenant, bool) or not isinstance(tenant, int):
        raise TenancyError(f"A tenant id is an int, not {type(tenant).__name__}.")
    if tenant != _tenant.get():
        if _batching.get():
            raise TenancyError("Another tenant is not entered in the middle of a batch.")
        _refuse_in_transaction()
    token = _tenant.set(tenant)
    try:
        yield tenant
    finally:
        _tenant.reset(token)


@contextmanager
def dispatch() -> Iterator[None]:
    """Look for due work of all tenants, as role ``linli_dispatch``.

    Raises:
        TenancyError: inside a tenant, or in a transaction.
    """
    if _tenant.get() is not None:
        raise TenancyError("Due work is looked for outside of any tenant.")
    _refuse_in_transaction()
    token = _dispatching.set(True)
    try:
        yield
    finally:
        _dispatching.reset(token)


@contextmanager
def batch() -> Iterator[None]:
    """Erase for the entered tenant what is append-only otherwise, as role ``linli_batch``.

    Row-level security holds for it, and the audit log stays out of its reach.

    Raises:
        TenancyError: outside of ``enter``, or in a transaction.
    """
    required()
    _refuse_in_transaction()
    token = _batching.set(True)
    try:
        yield
    finally:
        _batching.reset(token)


def _refuse_in_transaction() -> None:
    if any(is_open() for is_open in _open_transaction):
        raise TenancyError("A transaction is open: finish it before entering a tenant.")
