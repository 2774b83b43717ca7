"""Lock files: who is alive, as the kernel sees it.

A lock ends with the last process that inherited it, however that process ends. So a crash is
noticed without trusting process numbers, which are soon given to somebody else.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Wait for the lock on ``path`` and keep it for the block."""
    handle = open_private(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # Said aloud, because a process forked meanwhile shares the lock and would keep it.
            fcntl.flock(handle, fcntl.LOCK_UN)
    finally:
        os.close(handle)


def claim(path: Path) -> int:
    """Lock ``path`` and return the open handle that keeps the lock.

    Raises:
        BlockingIOError: somebody has it.
    """
    handle = open_private(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
    except BaseException:
        os.close(handle)
        raise
    return handle


def sign(handle: int, pid: int) -> None:
    """Write into a claimed lock file whose lock it is."""
    os.pwrite(handle, f"{pid}\n".encode(), 0)


def signature(path: Path) -> int | None:
    """Return the process number in a lock file, None when there is none."""
    try:
        return int(path.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def is_held(path: Path) -> bool:
    """Say whether a living process has the lock on ``path``."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def open_private(path: Path, flags: int = 0) -> int:
    """Open a file of ours for reading and writing, making it with mode 0600 if needed.

    A file made by root belongs to the owner of its folder, who must be able to open it later.
    Links are not followed: that owner must not be able to lead root elsewhere.
    """
    flags |= os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        handle = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return os.open(path, flags)
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(handle, owner.st_uid, owner.st_gid)
    return handle
