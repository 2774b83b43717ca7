"""Who uses the servers: one locked file for each holder.

The file of a holder that crashed is no longer locked, so it is not counted, and removed when
somebody looks. Call everything here under the place's lock.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from core.servers import locks
from core.servers.placement import Place, make_folder


@dataclass(frozen=True)
class Ticket:
    """A holder's own file, and the handle that keeps it locked."""

    path: Path
    handle: int


def join(place: Place) -> Ticket:
    """Count the calling process as a holder until it leaves or ends."""
    folder = _folder(place)
    make_folder(folder, place.keeper, 0o700)
    path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
    handle = locks.claim(path)
    locks.sign(handle, os.getpid())
    return Ticket(path, handle)


def leave(ticket: Ticket) -> None:
    ticket.path.unlink(missing_ok=True)
    # Said aloud, because forked children share the lock.
    fcntl.flock(ticket.handle, fcntl.LOCK_UN)
    os.close(ticket.handle)


def present(place: Place) -> list[int]:
    """Process numbers of the living holders."""
    found = []
    for path in sorted(_folder(place).glob("*")):
        pid = locks.signature(path)
        if locks.is_held(path) and pid is not None:
            found.append(pid)
        else:
            path.unlink(missing_ok=True)
    return found


def _folder(place: Place) -> Path:
    return place.run / "holders"
