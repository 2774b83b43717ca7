"""Fixtures of the whole suite, and what its last line says."""

from __future__ import annotations

from typing import Any

pytest_plugins = ["core.testing.fixtures"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say on the last lines that the browser tests were skipped, if they were."""
    skipped = [r for r in terminalreporter.stats.get("skipped", ()) if "tests/browser" in r.nodeid]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} browser tests were skipped: install chromium with `make browser`."
        )
