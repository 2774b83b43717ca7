"""Builds the archive of divisions from a CSV of ``code,name``: 2, 4, 6, 9 and 12 digits.

Run it by hand when a new edition comes out::

    python -m core.places.divisions.build divisions.csv core/places/divisions/divisions-2023.zip
"""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from core.places.divisions import INDEX

CUT_OFF = (2023, 6, 30, 0, 0, 0)


def build(source: Path, target: Path) -> int:
    """Write the archive and return the number of districts; the same input gives the same bytes."""
    with source.open(encoding="utf-8", newline="") as file:
        names: dict[str, str] = dict(csv.reader(file))
    places: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code in sorted(names):
        if len(code) > 6:
            places[code[:6]].append((code[6:], names[code]))
    districts = [(code, names[code], names[code[:4]], names[code[:2]]) for code in sorted(places)]
    with zipfile.ZipFile(target, "w") as archive:
        _add(archive, INDEX, districts)
        for code in sorted(places):
            _add(archive, f"{code}.csv", places[code])
    return len(districts)


def _add(archive: zipfile.ZipFile, name: str, rows: Sequence[tuple[str, ...]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    info = zipfile.ZipInfo(name, CUT_OFF)
    archive.writestr(info, text.getvalue(), zipfile.ZIP_BZIP2, 9)


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), Path(sys.argv[2])), "districts")
