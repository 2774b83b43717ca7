"""Configuration: read once from the environment, validated, and able to say where it came from."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

Mode = Literal["development", "demo", "production"]
PluginMode = Literal["normal", "strict", "safe"]

MODES: tuple[Mode, ...] = ("development", "demo", "production")
PLUGIN_MODES: tuple[PluginMode, ...] = ("normal", "strict", "safe")
DATABASES = ("postgresql", "postgresql+psycopg")
VALKEYS = ("redis", "rediss", "valkey", "valkeys", "unix")
CLIENTS = {"postgresql": "postgresql+psycopg", "valkey": "redis", "valkeys": "rediss"}
"""What the client libraries call these schemes."""
KEY_BYTES = 32
SHORTEST_SECRET = 32
FEWEST_CHARACTERS = 8


class ConfigError(Exception):
    """A setting that cannot be used; the message names it and the way out."""


@dataclass(frozen=True)
class Setting:
    """One line of ``linli doctor``."""

    name: str
    value: str
    source: str


@dataclass(frozen=True)
class Config:
    """Everything that the environment decides.

    ``database_url`` and ``valkey_url`` are ``None`` when the embedded servers are to be used.
    ``key_ring`` maps key names to 32-byte keys; the first one wraps new keys.
    """

    mode: Mode
    home: Path
    secret_key: str = field(repr=False)
    key_ring: Mapping[str, bytes] = field(repr=False)
    database_url: str | None = field(repr=False)
    database_owner_url: str | None = field(repr=False)
    valkey_url: str | None = field(repr=False)
    plugins: PluginMode
    base_url: str
    proxies: int
    settings: tuple[Setting, ...] = field(repr=False, default=())

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def embedded(self) -> bool:
        return self.database_url is None


def load(environ: Mapping[str, str] = os.environ, *, keep: bool = True) -> Config:
    """Read and check the configuration.

    Args:
        keep: whether secrets that have to be made are kept in LINLI_HOME.

    Raises:
        ConfigError: naming the setting, what is wrong with it and what to do.
    """
    reader = _Reader(environ)
    mode = cast(Mode, reader.choice("LINLI_MODE", MODES, "development"))
    home = Path(reader.text("LINLI_HOME", "var")).expanduser().resolve()
    production = mode == "production"
    app_url = reader.address("DATABASE_URL", DATABASES)
    without = "embedded server" if app_url is None else "not set"
    owner_url = reader.address("DATABASE_OWNER_URL", DATABASES, without)
    valkey_url = reader.address("VALKEY_URL", VALKEYS)
    _check_addresses(app_url, owner_url, valkey_url, production)
    generated = None if production else _Generated(home, keep)
    secret_key = reader.secret("LINLI_SECRET_KEY", generated)
    if len(secret_key) < SHORTEST_SECRET or len(set(secret_key)) < FEWEST_CHARACTERS:
        wrong = "too short" if len(secret_key) < SHORTEST_SECRET else "not random"
        raise ConfigError(
            f"LINLI_SECRET_KEY is {wrong}: give at least {SHORTEST_SECRET} random characters."
        )
    ring = reader.secret("LINLI_KEY_RING", generated)
    config = Config(
        mode=mode,
        home=home,
        secret_key=secret_key,
        key_ring=_parse_ring(ring),
        database_url=app_url,
        database_owner_url=owner_url,
        valkey_url=valkey_url,
        plugins=cast(PluginMode, reader.choice("LINLI_PLUGINS", PLUGIN_MODES, "normal")),
        base_url=reader.text("LINLI_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        proxies=reader.number("LINLI_PROXIES", 0, 0, 5),
        settings=tuple(reader.seen),
    )
    if production and not config.base_url.startswith("https://"):
        raise ConfigError("LINLI_BASE_URL must begin with https:// in production mode.")
    return config


def new_ring_key(name: str) -> str:
    """Return ``name:key`` for a fresh random key, in the form LINLI_KEY_RING takes."""
    return f"{name}:{base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _check_addresses(
    app: str | None, owner: str | None, valkey: str | None, production: bool
) -> None:
    if (app is None) != (valkey is None):
        missing = "DATABASE_URL" if app is None else "VALKEY_URL"
        raise ConfigError(
            f"{missing} is missing: set both DATABASE_URL and VALKEY_URL, or neither."
        )
    if owner is not None and app is None:
        raise ConfigError("DATABASE_OWNER_URL is set without DATABASE_URL: set both, or neither.")
    if production and app is None:
        raise ConfigError("DATABASE_URL is missing: production mode does not use embedded servers.")


def _parse_ring(text: str) -> dict[str, bytes]:
    ring: dict[str, bytes] = {}
    for part in text.split(","):
        name, _, encoded = part.strip().partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded)
        except (binascii.Error, ValueError):
            key = b""
        if not name or len(key) != KEY_BYTES or name in ring:
            raise ConfigError(
                "LINLI_KEY_RING must be name:key,name:key with distinct names"
                f" and {KEY_BYTES}-byte keys in base64 (make one with `linli key new`)."
            )
        if len(set(key)) < FEWEST_CHARACTERS:
            raise ConfigError(
                f"LINLI_KEY_RING: the key {name!r} is not random: make one with `linli key new`."
            )
        ring[name] = key
    return ring


class _Reader:
    """Reads variables and remembers, for ``linli doctor``, where each value came from."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.seen: list[Setting] = []

    def text(self, name: str, default: str) -> str:
        value = self.environ.get(name, "").strip()
        self.seen.append(Setting(name, value or default, "environment" if value else "default"))
        return value or default

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise ConfigError(f"{name} is {value!r}: choose one of {', '.join(choices)}.")
        return value

    def number(self, name: str, default: int, low: int, high: int) -> int:
        value = self.text(name, str(default))
        if not value.isdecimal() or not low <= int(value) <= high:
            raise ConfigError(f"{name} is {value!r}: give a whole number from {low} to {high}.")
        return int(value)

    def address(
        self, name: str, schemes: tuple[str, ...], without: str = "embedded server"
    ) -> str | None:
        value = self.environ.get(name, "").strip()
        if not value:
            self.seen.append(Setting(name, without, "default"))
            return None
        scheme, separator, _ = value.partition("://")
        if not separator or scheme not in schemes:
            raise ConfigError(f"{name} must begin with one of {', '.join(schemes)} and '://'.")
        self.seen.append(Setting(name, _without_password(value), "environment"))
        return CLIENTS.get(scheme, scheme) + value.removeprefix(scheme)

    def secret(self, name: str, generated: _Generated | None) -> str:
        value = self.environ.get(name, "").strip()
        source = "environment" if value else "generated in LINLI_HOME"
        if not value:
            if generated is None:
                raise ConfigError(f"{name} is missing: production mode needs it.")
            value = generated.read(name)
        self.seen.append(Setting(name, "(hidden)", source))
        return value


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    account, at, where = rest.rpartition("@")
    user, colon, _ = account.partition(":")
    where = re.sub(r"(?i)([?&](?:ssl)?password=)[^&]*", r"\1***", where)
    return f"{scheme}://{user}{':***' if colon else ''}{at}{where}"


class _Generated:
    """Secrets of an installation that was given none: made once, kept in LINLI_HOME, mode 0600."""

    def __init__(self, home: Path, keep: bool) -> None:
        self._path = home / "secrets.json"
        self._keep = keep

    def read(self, setting: str) -> str:
        """Return what stands in for ``setting``."""
        name = setting.removeprefix("LINLI_").lower()
        try:
            value = self._read()[name]
            if not isinstance(value, str):
                raise TypeError(f"{name} is not a text")
        except KeyError as error:
            raise ConfigError(f"{self._path} cannot be read: it has no {name}") from error
        except (OSError, TypeError, ValueError) as error:
            raise ConfigError(f"{self._path} cannot be read: {error}") from error
        return value

    def _read(self) -> dict[str, Any]:
        try:
            return cast(dict[str, Any], json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return self._make()

    def _make(self) -> dict[str, Any]:
        made = {"secret_key": secrets.token_urlsafe(48), "key_ring": new_ring_key("k1")}
        if not self._keep:
            return made
        draft = self._path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(made, file)
            os.link(draft, self._path)
        except FileExistsError:
            return self._read()
        except OSError as error:
            raise ConfigError(
                f"LINLI_HOME {self._path.parent} cannot be written: {error}"
            ) from error
        finally:
            draft.unlink(missing_ok=True)
        return made
