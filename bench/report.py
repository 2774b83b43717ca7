"""The report: one table for people, one file for programs."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.figures import Figure, Row
from bench.site import Site, connect
from core.clock import now

ROOT = Path(__file__).resolve().parents[1]
LATEST = Path(__file__).resolve().parent / "results" / "latest.json"
PACKAGES = ("Flask", "gunicorn", "Jinja2", "psycopg", "SQLAlchemy", "Werkzeug")
TITLES = ("", "measured", "yardstick", "ratio", "goal", "holds")
VERDICTS = {True: "yes", False: "NO", None: ""}


def show(rows: Sequence[Row]) -> str:
    """Return the table: medians, with the lowest and the highest round in brackets."""
    cells = [TITLES, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(TITLES))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def write(rows: Sequence[Row], site: Site, *, full: bool) -> None:
    """Write :data:`LATEST`."""
    found = {
        "at": now().isoformat(timespec="seconds"),
        "full": full,
        "machine": _machine(),
        "versions": _versions(site),
        "rows": [_row(row) for row in rows],
    }
    LATEST.parent.mkdir(exist_ok=True)
    LATEST.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.name,
        _figure(row.measured),
        _figure(row.yardstick),
        _figure(row.ratio),
        str(row.goal or ""),
        VERDICTS[row.holds],
    )


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return ""
    spread = f" ({_number(figure.min)}–{_number(figure.max)})" if figure.min < figure.max else ""
    return f"{_number(figure.median)}{spread} {figure.unit}".rstrip()


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _row(row: Row) -> dict[str, Any]:
    fields = {key: value for key, value in asdict(row).items() if value is not None}
    return {
        "name": row.name,
        "measured": fields["measured"],
        "yardstick": fields.get("yardstick"),
        "ratio": fields.get("ratio"),
        "goal": str(row.goal) if row.goal else None,
        "holds": row.holds,
        "note": row.note,
    }


def _machine() -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load_at_end": os.getloadavg(),
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _versions(site: Site) -> dict[str, str]:
    with connect(site.url) as connection:
        postgres = connection.info.server_version
    return {
        "linli": _commit(),
        "Python": platform.python_version(),
        "PostgreSQL": f"{postgres // 10000}.{postgres % 10000}",
        **{name: version(name) for name in PACKAGES},
    }


def _commit() -> str:
    """Return the commit that was measured, with a plus sign when files differ from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or version("linli")
