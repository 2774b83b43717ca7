"""Audit 审计: services record every act in it, done or refused; a job seals it."""

from core.audit.service import Attempt, UnauditedChange, attempt, request_id, write_refusals

__all__ = ["Attempt", "UnauditedChange", "attempt", "request_id", "write_refusals"]
