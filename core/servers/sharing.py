"""One pair of servers for all commands of an installation: the first starts, the last stops."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from core.servers import (
    holders,
    locks,
    placement,
    postgres,
    process,
    programs,
    sockets,
    valkey,
)
from core.servers.errors import ServersError
from core.servers.placement import Place

STOP_SIGNALS = {postgres.NAME: postgres.STOP_SIGNALS, valkey.NAME: valkey.STOP_SIGNALS}


@dataclass(frozen=True)
class Addresses:
    """Where the servers answer.

    ``database_owner_url`` and ``database_url`` are SQLAlchemy URLs of the same database for the
    roles ``linli_owner`` and ``linli_app``; ``valkey_url`` is for ``from_url``.
    """

    database_owner_url: str
    database_url: str
    valkey_url: str


@dataclass(frozen=True)
class ServersStatus:
    """What ``linli doctor`` shows; ``processes`` and ``holders`` are process numbers."""

    data: Path
    why: str
    user: str
    running: bool
    processes: Mapping[str, int]
    holders: tuple[int, ...]
    sockets: Path | None
    versions: Mapping[str, str]


class Hold:
    """The use of the servers by one process, from ``hold()`` to ``release()``.

    The servers stay for as long as one hold is left. The end of the process releases too, except
    in processes forked meanwhile: they never release their parent's hold.
    """

    def __init__(
        self, place: Place, addresses: Addresses, ticket: holders.Ticket, durable: bool
    ) -> None:
        self.addresses = addresses
        self._place = place
        self._ticket = ticket
        self._durable = durable
        self._pid = os.getpid()
        self._released = False
        atexit.register(self._release_at_exit)

    def check(self) -> None:
        """Start again what has died meanwhile; cheap when all is well.

        The addresses stay the same.

        Raises:
            ServersError: a server cannot be started again.
        """
        if self._is_over():
            return
        with _plain_errors(), locks.exclusive(self._place.lock):
            if not _is_up(self._place):
                _bring_up(self._place, self._durable)

    def release(self) -> None:
        """Leave the servers, and stop them if nobody else is left. Again is no harm.

        Raises:
            ServersError: a server does not stop.
        """
        # Whoever deleted LINLI_HOME meanwhile left nothing to leave.
        if self._is_over() or not self._place.run.is_dir():
            return
        with _plain_errors(), locks.exclusive(self._place.lock):
            holders.leave(self._ticket)
            self._released = True
            _stop_unless_held(self._place)
        atexit.unregister(self._release_at_exit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()

    def _is_over(self) -> bool:
        return self._released or os.getpid() != self._pid

    def _release_at_exit(self) -> None:
        try:
            self.release()
        except ServersError as error:
            print(error, file=sys.stderr)


def hold(home: Path, *, durable: bool = True) -> Hold:
    """Start the servers of ``home``, or join those that run.

    Args:
        home: LINLI_HOME; made if it is not there.
        durable: False gives up safety in a crash for speed, in test runs. It has no effect on
            servers that already run.

    Raises:
        ServersError: with one clear line for the user.
    """
    with _plain_errors():
        home = home.expanduser().resolve()
        home.mkdir(parents=True, exist_ok=True)
        place = placement.locate(home)
        placement.prepare(place)
        with locks.exclusive(place.lock):
            try:
                addresses = _bring_up(place, durable)
            except BaseException:
                _stop_unless_held(place)
                raise
            return Hold(place, addresses, holders.join(place), durable)


def status(home: Path) -> ServersStatus:
    """Describe the servers of ``home`` without starting or making anything.

    Raises:
        ServersError: with one clear line for the user.
    """
    with _plain_errors():
        place = placement.locate(home.expanduser().resolve())
        if not place.lock.exists():
            return _describe(place)
        with locks.exclusive(place.lock):
            return _describe(place)


def _is_up(place: Place) -> bool:
    return sockets.exists(place) and all(process.is_running(place, name) for name in STOP_SIGNALS)


def _bring_up(place: Place, durable: bool) -> Addresses:
    """Start what does not run and wait until all answers. Call it under the place's lock."""
    if not sockets.exists(place):
        # Servers whose sockets were swept away run, but nobody can reach them any more.
        process.stop(place, STOP_SIGNALS)
    folder = sockets.prepare(place)
    found = programs.find(place)
    process.start_all(
        [
            postgres.server(place, folder, found, durable=durable),
            valkey.server(place, folder, found),
        ]
    )
    return Addresses(
        database_owner_url=postgres.address(folder, postgres.OWNER),
        database_url=postgres.address(folder, postgres.APP),
        valkey_url=valkey.address(folder),
    )


def _stop_unless_held(place: Place) -> None:
    if not holders.present(place):
        process.stop(place, STOP_SIGNALS)
        sockets.remove(place)


def _describe(place: Place) -> ServersStatus:
    pids = {
        name: locks.signature(process.lock_of(place, name)) or 0
        for name in STOP_SIGNALS
        if process.is_running(place, name)
    }
    return ServersStatus(
        data=place.folder,
        why=place.why,
        user=f"{place.user.name} ({place.user.uid})",
        running=pids.keys() == STOP_SIGNALS.keys(),
        processes=pids,
        holders=tuple(holders.present(place)),
        sockets=sockets.folder(place),
        versions=programs.versions(),
    )


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What the operating system refuses, in one line."""
    try:
        yield
    except OSError as error:
        where = error.filename or "their data"
        raise ServersError(
            f"The embedded servers cannot use {where}: {error.strerror or error}."
        ) from error
