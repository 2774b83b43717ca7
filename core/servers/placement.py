"""Where the servers' data lies, and as which user the servers run.

An ordinary user's servers run as that user, with their data in ``LINLI_HOME/servers``. PostgreSQL
refuses to run as root, so root's servers run under another user id; when that user cannot reach
LINLI_HOME, the data lies in a private folder instead. Only folders made here get their owner and
mode set.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from core.servers.errors import ServersError

PRIVATE_FOLDERS = Path("/var/lib")
ROOT = 0
BARE_ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}


class Identity(TypedDict, total=False):
    """The arguments of ``subprocess`` that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class User:
    """A user of the operating system."""

    uid: int
    gid: int
    name: str

    @property
    def is_current(self) -> bool:
        return self.uid == os.geteuid()

    def can(self, test: str, path: Path) -> bool:
        """Ask the kernel, as this user, for ``test(1)`` on a path, for example ``-x``."""
        command = ["/bin/sh", "-c", 'test "$0" "$1"', test, str(path)]
        return self.run(command).returncode == 0

    def run(self, argv: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a short command as this user, with next to no environment."""
        try:
            return subprocess.run(
                argv,
                cwd="/",
                env=BARE_ENVIRONMENT,
                umask=0o077,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                check=False,
                **self.identity(),
            )
        except subprocess.SubprocessError as error:
            raise ServersError(f"Cannot run {argv[0]} as user {self.name}: {error}.") from error

    def identity(self) -> Identity:
        """Arguments that make ``subprocess`` run a program as this user."""
        if self.is_current:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Place:
    """A data folder, its reason in the user's words, and the user that the servers run as."""

    folder: Path
    why: str
    user: User
    keeper: User
    """Owner of the folder itself and of the run folder; the servers' user owns what is in it."""

    @property
    def run(self) -> Path:
        """Locks and process numbers. The servers' user need not be able to read it."""
        return self.folder / "run"

    @property
    def lock(self) -> Path:
        """Whoever starts, stops or counts has the lock on this file."""
        return self.run / "lock"


def locate(home: Path) -> Place:
    """Decide where the data of ``home`` belongs; look only.

    Raises:
        ServersError: there is data that its user can no longer reach, or no user to run as.
    """
    inside = home / "servers"
    if os.geteuid() != ROOT:
        user = _named(os.geteuid())
        _check_owner(inside, user)
        return Place(inside, "in LINLI_HOME", user, user)
    private = PRIVATE_FOLDERS / f"linli-{hashlib.sha256(bytes(home)).hexdigest()[:12]}"
    data_inside, data_in_private = _data_owner(inside), _data_owner(private)
    home_owner = _nearest(home).stat().st_uid
    user = data_inside or data_in_private or _user_for(home_owner)
    reachable = user.can("-x", _nearest(home))
    if reachable and not data_in_private:
        why = f"in LINLI_HOME, which user {user.name} can reach"
        return Place(inside, why, user, user if user.uid == home_owner else _named(ROOT))
    if data_inside:
        raise ServersError(
            f"User {user.name}, whose data is in {inside}, can no longer reach that folder:"
            " let others pass through its parent folders again (chmod o+x)."
        )
    when = "could not reach it when this was made" if reachable else "cannot reach it"
    why = f"not in LINLI_HOME: root's servers run as user {user.name}, who {when}"
    return Place(private, why, user, _named(ROOT))


def prepare(place: Place) -> None:
    """Make the data folder and its run folder, unless they are there."""
    make_folder(place.folder, place.keeper, 0o700 if place.keeper == place.user else 0o711)
    make_folder(place.run, place.keeper, 0o700)


def make_folder(folder: Path, owner: User, mode: int) -> None:
    """Make a folder that has its owner and mode from the first moment; leave one that exists."""
    if folder.is_dir():
        return
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    draft.chmod(mode)
    if not owner.is_current:
        os.chown(draft, owner.uid, owner.gid)
    try:
        draft.rename(folder)
    except OSError:
        draft.rmdir()
        if not folder.is_dir():
            raise


def _user_for(home_owner: int) -> User:
    """The owner of LINLI_HOME, so that the files stay theirs; for root's own, nobody."""
    if home_owner != ROOT:
        try:
            return _named(home_owner)
        except ServersError:
            pass
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise ServersError(
            "PostgreSQL does not run as root and this system has no user 'nobody':"
            " run Linli as an ordinary user, or set DATABASE_URL and VALKEY_URL."
        ) from error
    return User(nobody.pw_uid, nobody.pw_gid, nobody.pw_name)


def _named(uid: int) -> User:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError as error:
        raise ServersError(
            f"User id {uid} has no name in /etc/passwd, which PostgreSQL needs:"
            " run Linli as a named user, or set DATABASE_URL and VALKEY_URL."
        ) from error
    return User(uid, entry.pw_gid, entry.pw_name)


def _data_owner(folder: Path) -> User | None:
    """The user that existing data belongs to, whatever would be chosen today."""
    try:
        return _named((folder / "postgres").stat().st_uid)
    except FileNotFoundError:
        return None


def _check_owner(folder: Path, user: User) -> None:
    owner = folder.stat().st_uid if folder.is_dir() else user.uid
    if owner != user.uid:
        raise ServersError(
            f"The servers' data in {folder} belongs to user id {owner}, and you are {user.name}:"
            " run this command as that user, or choose another LINLI_HOME."
        )


def _nearest(path: Path) -> Path:
    """The path itself, or the closest parent that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
