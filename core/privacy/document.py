"""What is handed out, as one JSON document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from core.clock import local, now
from core.privacy.contract import Section


def document(sections: Iterable[Section]) -> dict[str, Any]:
    """Return the sections with rows as JSON values, and when they were read (Asia/Shanghai)."""
    return {
        "read_at": local(now()).isoformat(timespec="seconds"),
        "sections": [
            {"key": section.key, "title": str(section.title), "rows": list(section.rows)}
            for section in sections
            if section.rows
        ],
    }
