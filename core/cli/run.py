"""``linli up``, ``linli worker`` and ``linli cron``: the processes that serve."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from core import config as configuration
from core import migrate
from core.app import refuse_powerful_role
from core.cli.context import Servers, application, servers
from core.cli.db import histories
from core.config import Config
from core.jobs.queue import LONG, NAMES, SHORT, Name
from core.servers import ServersError
from core.servers.supervisor import Child, port_is_free, supervise

PORT = click.IntRange(1, 65535)
WORKERS = click.IntRange(1, 64)
QUEUES = list(NAMES)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", type=WORKERS, default=2, show_default=True, help="Web processes.")
def up(host: str, port: int, workers: int) -> None:
    """Start everything: servers, schema, web, worker and cron; Ctrl-C stops it all."""
    config = configuration.load()
    port_is_free(host, port)
    with servers(config) as at:
        if at.owner_url is not None:
            migrate.upgrade(at.owner_url, at.app_role, histories())
        serve(config, at, host=host, port=port, workers=workers, greeting=_greeting(host, port))


def serve(
    config: Config, at: Servers, *, host: str, port: int, workers: int, greeting: str
) -> None:
    """Supervise web, workers and cron on a migrated database until a signal comes."""
    env = _environment(config, at, f"http://{host}:{port}")
    linli = (sys.executable, "-m", "core.cli")
    children = [
        Child("web", _gunicorn(host, port, workers), env),
        Child("worker", (*linli, "worker", "--queue", SHORT), env),
        Child("jobs", (*linli, "worker", "--queue", LONG), env),
        Child("cron", (*linli, "cron"), env),
    ]
    supervise(
        children,
        check=at.check,
        ready=lambda: _answers(host, port),
        on_ready=lambda: click.echo(greeting),
    )


@click.command()
@click.option(
    "--queue",
    "queues",
    multiple=True,
    type=click.Choice(QUEUES),
    default=QUEUES,
    help="Work on this queue only; several are served in this order. By default on all.",
)
def worker(queues: tuple[Name, ...]) -> None:
    """Work on jobs until a signal comes; it outlasts a restart of Valkey or PostgreSQL."""
    from core.jobs.serving import work

    with application() as app, _plain_errors():
        refuse_powerful_role(app)
        work(queues)


@click.command()
def cron() -> None:
    """Start periodic jobs until a signal comes; several at once do no harm."""
    from core.jobs.serving import schedule

    with application() as app, _plain_errors():
        refuse_powerful_role(app)
        schedule()


@contextmanager
def _plain_errors() -> Iterator[None]:
    """What Valkey refuses, in one line."""
    from redis.exceptions import RedisError

    try:
        yield
    except RedisError as error:
        raise ServersError(f"Valkey does not answer: {error}") from error


def _environment(config: Config, at: Servers, address: str) -> Mapping[str, str]:
    return {
        "LINLI_BASE_URL": address,
        **os.environ,
        "LINLI_HOME": str(config.home),
        "DATABASE_URL": at.database_url,
        "VALKEY_URL": at.valkey_url,
        "PYTHONUNBUFFERED": "1",
    }


def _gunicorn(host: str, port: int, workers: int) -> tuple[str, ...]:
    return (
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--bind", f"{host}:{port}", "--workers", str(workers)),
        *("--worker-class", "gthread", "--threads", "4", "--graceful-timeout", "5"),
        *("--log-level", "warning", "--worker-tmp-dir", _memory_folder()),
    )


def _memory_folder() -> str:
    """Where heartbeats go: memory, if there is such a folder, so that a slow disk kills nobody."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp"  # noqa: S108


def _answers(host: str, port: int) -> bool:
    address = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}/healthz"  # noqa: S104
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _greeting(host: str, port: int) -> str:
    return f"Linli is at http://{host}:{port}/ — Ctrl-C stops it."
