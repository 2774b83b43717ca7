"""The folder of the servers' sockets.

A socket's path may have no more than 107 bytes, so the folder is not in the data folder, whose
path may be long, but a private one under ``/tmp``. The run folder remembers it: addresses stay
the same when the servers are started again.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from pathlib import Path

from core.servers import locks
from core.servers.errors import ServersError
from core.servers.placement import Place, User, make_folder

PARENT = Path("/tmp")  # noqa: S108 - TMPDIR may be long, or closed to the servers' user.
MODE = 0o700


def folder(place: Place) -> Path | None:
    """The folder that was used last, whether or not it is there now."""
    try:
        return Path(_record(place).read_text("utf-8"))
    except FileNotFoundError:
        return None


def exists(place: Place) -> bool:
    known = folder(place)
    return known is not None and known.is_dir()


def prepare(place: Place) -> Path:
    """Make the folder again where it was, or a new one if that place is taken by others."""
    if not place.user.can("-w", PARENT):
        raise ServersError(f"User {place.user.name} cannot write {PARENT}, where sockets go.")
    known = folder(place)
    if known is not None:
        make_folder(known, place.user, MODE)
        if _is_ours(known, place.user):
            return known
    made = Path(tempfile.mkdtemp(prefix="linli-", dir=PARENT))
    made.rmdir()
    make_folder(made, place.user, MODE)
    if not _is_ours(made, place.user):
        raise ServersError(f"{made} was taken by somebody else. Please try again.")
    with os.fdopen(locks.open_private(_record(place)), "w", encoding="utf-8") as record:
        record.truncate()
        record.write(str(made))
    return made


def remove(place: Place) -> None:
    """Remove the folder of servers that have stopped; its name stays remembered."""
    known = folder(place)
    if known is not None and known.is_dir() and _is_ours(known, place.user):
        shutil.rmtree(known, ignore_errors=True)


def _is_ours(known: Path, user: User) -> bool:
    """Anybody may write ``/tmp``: use only a folder that nobody else could have made or changed."""
    found = known.lstat()
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == user.uid
        and stat.S_IMODE(found.st_mode) == MODE
    )


def _record(place: Place) -> Path:
    return place.run / "sockets"
