"""Limits on guessing: counted in Valkey, in memory while Valkey is away."""

from __future__ import annotations

from ipaddress import ip_network

from flask import Flask, Response, request
from flask_limiter import Limiter

from core.accounts import identity

PER_ADDRESS = "30 per minute"
PER_ACCOUNT_AND_ADDRESS = "8 per 5 minutes"
PER_ACCOUNT = "100 per hour"


def address_key() -> str:
    """Return the visitor's address; for IPv6 its /64, which one household has all of."""
    address = request.remote_addr or "unknown"
    try:
        return str(ip_network((address, 64), strict=False)) if ":" in address else address
    except ValueError:
        return address


limiter = Limiter(
    address_key,
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


def account_and_address_key() -> str:
    """Return the account and where the try came from, so that others cannot lock a person out."""
    return f"{account_key()}@{address_key()}"


def page_key() -> str:
    """Return what the page is about, however its address was written and whoever asks."""
    return "/".join(str(value) for _name, value in sorted((request.view_args or {}).items()))


def was_refused(response: Response) -> bool:
    """Count only what failed: an office that signs in at nine o'clock is no attack.

    Nor does being told to wait count, or one address could use up what all share.
    """
    return response.status_code >= 400 and response.status_code != 429
