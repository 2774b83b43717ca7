"""PostgreSQL: the data folder, the server and its roles."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import psycopg
from psycopg import sql

from core.servers.errors import ServersError
from core.servers.placement import Place, make_folder
from core.servers.process import Server
from core.servers.programs import Programs

NAME = "PostgreSQL"
# SIGTERM would wait for clients to leave; the second one gives up their work and needs a recovery.
STOP_SIGNALS = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
PORT = 5432
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

DATABASE = "linli"
OWNER, APP = "linli_owner", "linli_app"
DISPATCH, BATCH = "linli_dispatch", "linli_batch"
ROLES = {
    OWNER: "LOGIN CREATEDB",
    APP: "LOGIN NOINHERIT",
    DISPATCH: "NOLOGIN",
    BATCH: "NOLOGIN",
}


def address(sockets: Path, role: str) -> str:
    """SQLAlchemy URL of the database. The port is said, lest PGPORT in the environment decide."""
    return f"postgresql+psycopg://{role}@/{DATABASE}?host={sockets}&port={PORT}"


def server(place: Place, sockets: Path, programs: Programs, *, durable: bool) -> Server:
    """Describe the server. One that is not ``durable`` is faster and may lose all in a crash."""
    data = place.folder / "postgres"
    settings = SETTINGS | ({} if durable else FORGETFUL)
    options = [f"--{name}={value}" for name, value in settings.items()]

    def prepare() -> None:
        _make_data(place, data, programs, durable=durable)
        _forget_dead_postmaster(data, sockets)

    return Server(
        name=NAME,
        place=place,
        argv=(
            str(programs.postgres),
            *("-D", str(data)),
            *("-k", str(sockets)),
            *("-p", str(PORT)),
            *options,
        ),
        prepare=prepare,
        answers=lambda: _has_roles(sockets),
    )


def _make_data(place: Place, data: Path, programs: Programs, *, durable: bool) -> None:
    """Run initdb once. An interrupted run leaves only a draft, which the next one replaces."""
    if data.is_dir():
        _check_version(data, programs.postgres_major)
        return
    draft = place.folder / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    make_folder(draft, place.user, 0o700)
    done = place.user.run(
        [
            str(programs.initdb),
            *("-D", str(draft)),
            *("--username", "postgres"),
            *("--auth-local", "trust", "--auth-host", "reject"),
            *("--encoding", "UTF8", "--locale", "C"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            *(() if durable else ("--no-sync",)),
        ]
    )
    if done.returncode != 0:
        reason = (done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise ServersError(f"{NAME} could not make its data folder {data}: {reason}")
    draft.rename(data)


def _check_version(data: Path, major: str) -> None:
    made_by = (data / "PG_VERSION").read_text("utf-8").strip()
    if made_by != major:
        raise ServersError(
            f"The data in {data} was made by {NAME} {made_by}, and {major} is installed:"
            " go back to the version before, export, then import here."
        )


def _forget_dead_postmaster(data: Path, sockets: Path) -> None:
    """Remove a crashed server's lock files, which name a process that is not it.

    PostgreSQL would take any living process of its user with that number for a server, and even
    a dead one that its parent did not notice yet. Without ``/proc`` to look into, they stay.
    """
    record = data / "postmaster.pid"
    try:
        pid = record.read_text("utf-8").partition("\n")[0]
        command = Path("/proc", pid, "cmdline").read_bytes()
    except FileNotFoundError:
        return
    if bytes(data) in command:
        raise ServersError(f"Another {NAME} (process {pid}) uses {data}: stop it, then try again.")
    record.unlink(missing_ok=True)
    (sockets / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)


def _has_roles(sockets: Path) -> bool:
    """Connect, and make what is missing of the roles and the database."""
    try:
        connection = psycopg.connect(
            host=str(sockets),
            port=PORT,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=2,
        )
    except psycopg.OperationalError:
        return False
    with connection:
        known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        if not ROLES.keys() <= known:
            _make_roles(connection, known)
        query = "SELECT FROM pg_database WHERE datname = %s"
        if connection.execute(query, [DATABASE]).fetchone() is None:
            statement = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))
    return True


def _make_roles(connection: psycopg.Connection, known: set[str]) -> None:
    with connection.transaction():
        for role in ROLES.keys() - known:
            statement = sql.SQL("CREATE ROLE {} {}")
            connection.execute(statement.format(sql.Identifier(role), sql.SQL(ROLES[role])))
        for role in (DISPATCH, BATCH):
            statement = sql.SQL("GRANT {} TO {}")
            connection.execute(statement.format(sql.Identifier(role), sql.Identifier(APP)))
