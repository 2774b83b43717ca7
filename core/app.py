"""The only wiring: configuration in, a ready Flask application out."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection, text
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from core import config as configuration
from core.accounts.service import SESSION_LASTS
from core.api import mounting as api
from core.config import Config, ConfigError
from core.crypto import KeyRing
from core.db import db, listen, transaction
from core.places import codes
from core.plugin_host import guard
from core.plugin_host import host as plugins
from core.plugin_host.contract import PLUGIN_ID
from core.plugin_host.health import counts, outcomes
from core.plugin_host.loading import Installed, discover
from core.tenancy import keys
from core.tenancy.ddl import BATCH_ROLE, DISPATCH_ROLE
from core.web import access, errors, gate, i18n, listing, mounting, security, shell, throttle
from core.web.areas import AREAS

LARGEST_REQUEST = 2 * 1024 * 1024
LARGEST_FIELD = 512 * 1024
MOST_FIELDS = 500


class PlaceCode(BaseConverter):
    """Admits codes of places alone, so that nothing collides with ``/api`` or ``/static``."""

    regex = codes.PATTERN
    part_isolating = True


class PluginId(BaseConverter):
    """Admits what may be a plugin's id."""

    regex = PLUGIN_ID


class DistrictCode(BaseConverter):
    """Admits the six digits that a tenant's addresses begin with."""

    regex = "[0-9]{6}"


class Linli(Flask):
    """Flask with one transaction around every view."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view and commit; what it raises is rolled back and rendered."""
        with transaction():
            return self.make_response(super().dispatch_request())


def create_app(
    config: Config | None = None,
    *,
    database_url: str | None = None,
    valkey_url: str | None = None,
    installed: list[Installed] | None = None,
) -> Linli:
    """Build the application.

    Args:
        config: by default read from the environment.
        database_url, valkey_url: addresses of embedded servers that the caller holds; without
            them, and with none configured, the embedded servers are held until the process ends.
        installed: plugins to use instead of the discovered ones (tests).

    Raises:
        ConfigError: a setting cannot be used.
    """
    config = config or configuration.load()
    database_url, valkey_url = _addresses(config, database_url, valkey_url)
    app = Linli("core", template_folder="web/templates", static_folder="web/static")
    app.url_map.converters.update(
        place_code=PlaceCode, district_code=DistrictCode, plugin_id=PluginId
    )
    app.config.update(_flask_config(config, database_url))
    app.extensions["linli.config"] = config
    app.extensions["linli.valkey"] = valkey_url
    if config.proxies:
        n = config.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]
    db.init_app(app)
    with app.app_context():
        listen(db.engine)
        guard.listen(db.engine)
        os.register_at_fork(after_in_child=lambda engine=db.engine: engine.dispose(close=False))
    host = plugins.PluginHost(discover(config.plugins) if installed is None else installed)
    plugins.install(app.extensions, host)
    keys.install(app.extensions, KeyRing(config.key_ring))
    for part in (i18n, security, throttle, gate, errors, shell, listing, outcomes, counts):
        part.install(app)
    for area in AREAS:
        app.register_blueprint(area)
    mounting.mount(app, host)
    api.mount(app, host)
    access.declare(app.view_functions["static"], access.PUBLIC)
    access.check(app, host.catalogue)
    return app


def refuse_powerful_role(app: Flask) -> None:
    """Refuse to serve as a role that row-level security does not hold.

    Raises:
        ConfigError: the role is a superuser, has BYPASSRLS, owns the tables, or inherits the
            rights of the dispatch or batch role instead of changing to it.
    """
    with app.app_context(), db.engine.connect() as connection:
        reason = _too_powerful(connection)
    if reason:
        raise ConfigError(
            f"DATABASE_URL: its role {reason}."
            " Use an ordinary role, and DATABASE_OWNER_URL for migrations."
        )


def _too_powerful(connection: Connection) -> str | None:
    row = connection.execute(
        text(
            "SELECT rolsuper, rolbypassrls,"
            " EXISTS (SELECT FROM pg_roles r WHERE (r.rolsuper OR r.rolbypassrls)"
            " AND r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER'))"
            " AS becomes,"
            " EXISTS (SELECT FROM pg_class c WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace"
            " AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owner,"
            " EXISTS (SELECT FROM pg_roles d WHERE d.rolname = :dispatch"
            " AND pg_has_role(current_user, d.oid, 'USAGE')) AS dispatch,"
            " EXISTS (SELECT FROM pg_roles b WHERE b.rolname = :batch"
            " AND pg_has_role(current_user, b.oid, 'USAGE')) AS batch"
            " FROM pg_roles WHERE rolname = current_user"
        ),
        {"dispatch": DISPATCH_ROLE, "batch": BATCH_ROLE},
    ).one()
    reading, emptying = "so it could read every tenant", "so it could empty ledgers"
    reasons = {
        f"is a superuser, {reading}": row.rolsuper,
        f"has BYPASSRLS, {reading}": row.rolbypassrls,
        f"may become a superuser or a role with BYPASSRLS, {reading}": row.becomes,
        f"owns the tables, {reading}": row.owner,
        f"inherits {DISPATCH_ROLE} (grant it WITH INHERIT FALSE), {reading}": row.dispatch,
        f"inherits {BATCH_ROLE} (grant it WITH INHERIT FALSE), {emptying}": row.batch,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _addresses(config: Config, database_url: str | None, valkey_url: str | None) -> tuple[str, str]:
    database_url = config.database_url or database_url
    valkey_url = config.valkey_url or valkey_url
    if database_url is None or valkey_url is None:
        from core.servers import hold

        held = hold(config.home).addresses
        database_url, valkey_url = held.database_url, held.valkey_url
    scheme, separator, rest = valkey_url.partition("://")
    return database_url, scheme.replace("valkey", "redis") + separator + rest


def _flask_config(config: Config, database_url: str) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_key,
        "SQLALCHEMY_DATABASE_URI": database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 8,
            "max_overflow": 8,
            "pool_timeout": 10,
            "hide_parameters": True,
        },
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FIELD,
        "MAX_FORM_PARTS": MOST_FIELDS,
        "PERMANENT_SESSION_LIFETIME": SESSION_LASTS,
        "SESSION_COOKIE_NAME": "linli",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.production,
        "TRUSTED_HOSTS": [urlsplit(config.base_url).hostname] if config.production else None,
        "SEND_FILE_MAX_AGE_DEFAULT": 31536000,
        "PREFERRED_URL_SCHEME": "https" if config.production else "http",
    }
