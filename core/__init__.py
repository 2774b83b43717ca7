"""Linli 邻里: the core that districts, places, people and plugins stand on."""

from __future__ import annotations

from typing import Any

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Import the application only when it is asked for, so that small commands start fast."""
    if name == "create_app":
        from core.app import create_app

        return create_app
    raise AttributeError(name)
