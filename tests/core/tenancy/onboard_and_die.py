"""Takes a district on board again and again, and is killed each time a statement later.

Usage: onboard_and_die.py DATABASE_URL VALKEY_URL CODE

The last child is killed when only COMMIT is left. Prints how many were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from core import tenancy
from core.accounts.actor import Actor
from core.app import create_app
from core.config import Config
from core.db import db, transaction
from core.plugin_host.host import plugin_host
from core.tenancy import onboarding


def main(database_url: str, valkey_url: str, code: str) -> None:
    config = Config(
        mode="development",
        home=Path.cwd(),
        secret_key="test-secret-" * 4,
        key_ring={"test": bytes(range(32))},
        database_url=None,
        database_owner_url=None,
        valkey_url=None,
        plugins="strict",
        base_url="http://localhost",
        proxies=0,
    )
    app = create_app(config, database_url=database_url, valkey_url=valkey_url)
    killed = 0
    while True:
        reached, tell = os.pipe()
        child = os.fork()
        if child == 0:
            with app.app_context():
                die(killed + 1, tell)
                onboard(code)
            os._exit(0)
        os.close(tell)
        _pid, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status) or os.WTERMSIG(status) != signal.SIGKILL:
            sys.exit(f"the child ended with {status} at statement {killed + 1}")
        killed += 1
        if os.read(reached, 1):
            break
        os.close(reached)
    print(killed)


def die(moment: int, tell: int) -> None:
    """Kill this process when statement ``moment`` was sent, at the latest before COMMIT."""
    sent = 0

    def count(*_args: Any) -> None:
        nonlocal sent
        sent += 1
        if sent == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def last(_connection: Any) -> None:
        os.write(tell, b".")
        os.kill(os.getpid(), signal.SIGKILL)

    event.listen(db.engine, "after_cursor_execute", count)
    event.listen(db.engine, "commit", last)


def onboard(code: str) -> None:
    with tenancy.enter(int(code)), transaction():
        onboarding.onboard(
            Actor.system("tests"),
            plugin_host().catalogue,
            onboarding.district_to_onboard(code),
            admin_name="区管理员",
            admin_phone="13800000000",
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
