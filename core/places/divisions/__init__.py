"""Reference data: the official divisions of mainland China.

665,276 places of the 2023 edition of the division codes for statistics (National Bureau of
Statistics, cut-off 2023-06-30), taken from the WTFPL package china-division 2.7.0. The archive
has one member per district, so that onboarding reads only its own.
"""

from __future__ import annotations

import csv
import difflib
import io
import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from os.path import commonprefix

INDEX = "index.csv"
ARCHIVE = files(__name__) / "divisions-2023.zip"


@dataclass(frozen=True)
class District:
    """A district that can onboard."""

    code: str
    name: str
    city: str
    province: str

    @property
    def full_name(self) -> str:
        """Province, city and district, without the placeholder 市辖区."""
        parts = [self.province, "" if self.city == "市辖区" else self.city, self.name]
        return "".join(parts)


def find(code: str) -> District | None:
    """Return the district with this six-digit code."""
    return _districts().get(code)


def codes() -> list[str]:
    """Return the codes of all districts that can onboard, in order."""
    return list(_districts())


def places_of(code: str) -> list[tuple[str, str]]:
    """Return ``(code, official name)`` of a district's streets and communities, in code order.

    Raises:
        KeyError: there is no such district.
    """
    return [(code + tail, name) for tail, name in _member(f"{code}.csv")]


def suggest(text: str, limit: int = 5) -> list[District]:
    """Return the districts that ``text``, a wrong code or a name, most likely means."""
    text = text.strip()
    known = _districts().values()
    by_name = [d for d in known if text and (text in d.full_name or d.name.startswith(text))]
    if by_name:
        return sorted(by_name, key=lambda d: (len(d.name), d.code))[:limit]
    if not text.isdecimal():
        close = difflib.get_close_matches(text, [d.name for d in known], n=limit)
        return [d for d in known if d.name in close][:limit]
    return sorted(known, key=lambda d: _distance(d.code, text))[:limit]


def _distance(code: str, wrong: str) -> tuple[int, int]:
    """Codes that share a long beginning are in the same city, so they come first."""
    return -len(commonprefix([code, wrong])), abs(int(code) - int(wrong[:6].ljust(6, "0")))


@cache
def _districts() -> dict[str, District]:
    return {row[0]: District(*row) for row in _member(INDEX)}


def _member(name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(_archive().read(name).decode())))


@cache
def _archive() -> zipfile.ZipFile:
    """The archive in memory (5 MB): reading its table of contents takes longer than a member."""
    return zipfile.ZipFile(io.BytesIO(ARCHIVE.read_bytes()))
