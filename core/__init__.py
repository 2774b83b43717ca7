"""Linli 邻里: the core that districts, places, people and plugins stand on."""

from core.app import create_app

__all__ = ["create_app"]
