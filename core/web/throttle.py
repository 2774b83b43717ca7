"""Limits on guessing: counted in Valkey, in memory while Valkey is away."""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from core.accounts import identity

PER_ADDRESS = "30 per minute"
PER_ACCOUNT = "8 per 5 minutes"

limiter = Limiter(
    get_remote_address,
    in_memory_fallback_enabled=True,
    strategy="moving-window",
    key_prefix="linli",
)


def install(app: Flask) -> None:
    """Count in the application's Valkey."""
    url = str(app.extensions["linli.valkey"])
    app.config["RATELIMIT_STORAGE_URI"] = url.replace("unix://", "redis+unix://", 1)
    limiter.init_app(app)


def account_key() -> str:
    """Return what a sign-in is counted under: the district and the account that was typed."""
    district = (request.view_args or {}).get("district_code", "")
    return f"{district}/{identity.normalise_account(request.form.get('account', ''))[1]}"
