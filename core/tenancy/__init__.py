"""Tenants 租户: a district each. ``enter`` one, and everything that follows is about it alone."""

from core.tenancy.context import (
    TenancyError,
    batch,
    batching,
    current,
    dispatch,
    dispatching,
    enter,
    required,
)

__all__ = [
    "TenancyError",
    "batch",
    "batching",
    "current",
    "dispatch",
    "dispatching",
    "enter",
    "required",
]
