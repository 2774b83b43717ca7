"""Tenants 租户: a district each. ``enter`` one, and everything that follows is about it alone."""

from core.tenancy.context import TenancyError, current, dispatch, dispatching, enter, required

__all__ = ["TenancyError", "current", "dispatch", "dispatching", "enter", "required"]
