"""``linli``: every command ends with 0, or with one clear line on the error output."""

from __future__ import annotations

import logging
import signal
import sys

import click
from sqlalchemy.exc import OperationalError, ProgrammingError

from core.cli import (
    audit,
    community_data,
    db,
    demo,
    doctor,
    event,
    indicator,
    key,
    person,
    plugin,
    run,
    tenant,
    token,
    user,
)
from core.config import ConfigError
from core.crypto import KeyMissing
from core.errors import LinliError
from core.migrate import MigrationError
from core.plugin_host import loading
from core.plugin_host.checking import PluginRefused
from core.servers import ServersError

EXPECTED = (ConfigError, KeyMissing, LinliError, MigrationError, PluginRefused, ServersError)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="linli", message="linli %(version)s")
def linli() -> None:
    """Linli 邻里: neighbourhood governance for districts, communities and their plugins."""


for command in (
    run.up,
    run.worker,
    run.cron,
    demo.demo,
    doctor.doctor,
    db.db,
    tenant.tenant,
    user.user,
    token.token,
    plugin.plugin,
    event.event,
    indicator.indicator,
    person.person,
    audit.audit,
    key.key,
):
    linli.add_command(command)
for command in (community_data.export, community_data.erase):
    plugin.plugin.add_command(command)


def main(args: list[str] | None = None) -> None:
    """Run ``linli`` and exit."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    # Which plugins cannot run is told when asked for, not before every command's own words.
    logging.getLogger(loading.__name__).setLevel(logging.ERROR)
    try:
        sys.exit(linli.main(args=args, prog_name="linli", standalone_mode=False))
    except click.exceptions.Abort:
        _fail("Interrupted.", 130)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f" See `{context.command_path} --help`." if context else ""
        _fail(error.format_message() + hint, error.exit_code)
    except LinliError as error:
        _fail(f"{error.field}: {error}" if error.field else str(error))
    except EXPECTED as error:
        _fail(str(error))
    except OperationalError as error:
        _fail(f"The database does not answer: {_first_line(error.orig)}")
    except ProgrammingError as error:
        hint = " Run `linli db upgrade`." if "does not exist" in str(error.orig) else ""
        _fail(f"The database refused: {_first_line(error.orig)}.{hint}")


def _fail(message: str, status: int = 1) -> None:
    print(f"linli: {message}", file=sys.stderr)
    sys.exit(status)


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or ["unknown error"])[0]
