"""``linli demo``: five real districts with people to sign in as, then everything as in ``up``."""

from __future__ import annotations

from dataclasses import dataclass

import click

from core import config as configuration
from core import migrate, tenancy
from core.accounts import service
from core.accounts.permissions import Role
from core.app import create_app
from core.cli.context import ACTOR, place_at, servers
from core.cli.db import histories
from core.cli.run import PORT, WORKERS, serve
from core.config import ConfigError
from core.db import db, transaction
from core.indicators import tasks as indicators
from core.plugin_host.demo import PASSWORD, fill, waves
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed
from core.servers.supervisor import port_is_free
from core.tenancy import onboarding, queries


@dataclass(frozen=True)
class Person:
    """Somebody to sign in as."""

    login: str
    name: str
    place: str
    role: Role


DISTRICTS = {
    "510114": "13800000001",
    "120101": "13800000002",
    "360102": "13800000003",
    "510181": "13800000004",
    "620602": "13800000005",
}
PEOPLE = (
    Person("chongyi", "周敏", "510114001018", "administrator"),
    Person("chongyi-staff", "林晓", "510114001018", "staff"),
    Person("taiping", "何静", "510114001016", "administrator"),
    Person("huzhu", "谢芳", "510114003002", "administrator"),
    Person("dafeng", "陈立", "510114001", "administrator"),
    Person("inspector-1", "高翔", "510114001", "staff"),
    Person("inspector-2", "沈洁", "510114001", "staff"),
    Person("xindu", "罗岚", "510114", "administrator"),
    Person("housing", "唐宁", "510114", "staff"),
    Person("heping", "孙悦", "120101", "administrator"),
    Person("donghu", "熊琳", "360102", "administrator"),
    Person("dujiangyan", "杨帆", "510181", "administrator"),
    Person("liangzhou", "马丽", "620602", "administrator"),
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", type=WORKERS, default=2, show_default=True, help="Web processes.")
@click.option("--seed-only", is_flag=True, help="Make the demo data and stop.")
def demo(host: str, port: int, workers: int, seed_only: bool) -> None:
    """Try Linli: five real districts, people to sign in as, and everything running."""
    config = configuration.load()
    if config.production:
        raise ConfigError("LINLI_MODE is production: the demo has a known password and stays out.")
    if not config.embedded and config.mode != "demo":
        raise ConfigError("The demo has a known password: set LINLI_MODE=demo to use DATABASE_URL.")
    if not seed_only:
        port_is_free(host, port)
    with servers(config) as at:
        migrate.upgrade(at.required_owner(), at.app_role, histories())
        app = create_app(config, database_url=at.database_url, valkey_url=at.valkey_url)
        with app.app_context():
            seed()
            db.session.remove()
            db.engine.dispose()
        if seed_only:
            click.echo(greeting(host, port))
            return
        serve(config, at, host=host, port=port, workers=workers, greeting=greeting(host, port))


def seed() -> None:
    """Onboard the demo's districts and people, and let plugins fill them.

    What is there already stays as it is. A plugin that fails is named, and the others go on.
    """
    present = {tenant.id for tenant in queries.all_tenants()}
    db.session.rollback()
    for code, phone in DISTRICTS.items():
        with tenancy.enter(int(code)):
            if int(code) not in present:
                with transaction():
                    _onboard(code, phone)
            with transaction():
                for person in PEOPLE:
                    if person.place.startswith(code):
                        _add(person)
            db.session.remove()
            _let_fill(code)


def greeting(host: str, port: int) -> str:
    """Return the address and the demo sign-ins."""
    base = f"http://{host}:{port}"
    lines = [
        f"{base}/{p.place[:6]}/-/sign-in   {p.login:<14} {p.role:<14} {p.place}" for p in PEOPLE
    ]
    return "\n".join(
        [
            "",
            f"Linli is at {base}/ — Ctrl-C stops it.",
            f"Demo sign-ins, all with the password {PASSWORD}:",
            *lines,
            "",
        ]
    )


def _let_fill(code: str) -> None:
    """First the plugins that measure, then what they measured, then the plugins that read it."""
    first, others = waves(plugin_host())
    _fill(first, code)
    indicators.measure_year(int(code))
    _fill(others, code)


def _fill(plugins: list[Installed], code: str) -> None:
    for plugin in plugins:
        if failure := fill(plugin, ACTOR, code):
            click.echo(f"linli: {code}: no demo data of {plugin.id}: {failure}", err=True)


def _onboard(code: str, phone: str) -> None:
    onboarding.onboard(
        ACTOR,
        plugin_host().catalogue,
        onboarding.district_to_onboard(code),
        admin_name="区管理员",
        admin_phone=phone,
        status="active",
    )


def _add(person: Person) -> None:
    if service.find_user(person.login) is not None:
        return
    place = place_at(person.place)
    user = service.create_user(
        ACTOR, place, name=person.name, login=person.login, password=PASSWORD
    )
    service.grant_role(ACTOR, plugin_host().catalogue, user, place, person.role)
