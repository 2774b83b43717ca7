"""Message catalogues: extract, update, compile, and check that both languages are complete.

``python -m core.web.catalogues update`` after texts changed; ``compile`` before serving.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
LOCALE = "zh_Hans"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "ngettext": (1, 2),
    "plural": (1, 2),
    "context": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
}
METHODS = [("**/tests/**", "ignore"), ("**.py", "python"), ("**/templates/**.html", "jinja2")]


@dataclass(frozen=True)
class Domain:
    """The texts of core or of one plugin."""

    name: str
    folder: Path

    @property
    def po(self) -> Path:
        return self.folder / "translations" / LOCALE / "LC_MESSAGES" / f"{self.name}.po"


def domains(root: Path = ROOT) -> list[Domain]:
    """Return core's domain and each plugin's in this source tree."""
    plugins = sorted(p for p in (root / "plugins").iterdir() if (p / "plugin.py").is_file())
    return [Domain("messages", root / "core"), *(Domain(p.name, p) for p in plugins)]


def extract(domain: Domain) -> Catalog:
    """Collect the msgids that the source of ``domain`` uses now."""
    catalog = Catalog(project="linli", charset="utf-8")
    options = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
    found = extract_from_dir(
        str(domain.folder), METHODS, options, keywords=KEYWORDS, comment_tags=("i18n:",)
    )
    for filename, _line, message, comments, context in sorted(found, key=lambda f: (f[0], f[1])):
        catalog.add(message, None, [(filename, 0)], auto_comments=comments, context=context)
    return catalog


def update(domain: Domain) -> None:
    """Bring the Chinese catalogue in line with the source; new texts are empty, none is guessed."""
    fresh = extract(domain)
    old = _read(domain.po)
    result = Catalog(
        locale=LOCALE,
        project="linli",
        charset="utf-8",
        fuzzy=False,
        header_comment="# Simplified Chinese texts of Linli.",
    )
    for message in fresh:
        if not message.id:
            continue
        known = old.get(message.id, message.context) if old else None
        result.add(
            message.id,
            known.string if known else None,
            sorted(set(message.locations)),
            context=message.context,
        )
    domain.po.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, result, omit_header=False, sort_output=True, no_location=True, width=100)
    domain.po.write_bytes(_without_dates(text.getvalue()))


def compile_(domain: Domain) -> None:
    """Write the binary catalogue that Flask-Babel reads."""
    catalog = _read(domain.po)
    if catalog is None:
        return
    with domain.po.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def problems(domain: Domain) -> list[str]:
    """Return what is missing, fuzzy, left over, or has other placeholders than its msgid."""
    catalog = _read(domain.po)
    if catalog is None:
        return [f"{domain.name}: no catalogue"]
    used = {(m.id, m.context) for m in extract(domain) if m.id}
    known = {(m.id, m.context): m for m in catalog if m.id}
    found = [f"{domain.name}: not in the catalogue: {i[0]!r}" for i in used - known.keys()]
    found += [f"{domain.name}: no longer used: {i[0]!r}" for i in known.keys() - used]
    for (msgid, _context), message in known.items():
        texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
        if message.fuzzy or not all(texts):
            found.append(f"{domain.name}: not translated: {msgid!r}")
        found += [f"{domain.name}: {msgid!r}: {error}" for error in message.check(catalog)]
    return sorted(found + _contradictions(domain, catalog))


def _contradictions(domain: Domain, catalog: Catalog) -> list[str]:
    """Return what a plugin says otherwise than core, which core's texts would hide."""
    core = _read(domains()[0].po)
    if core is None or domain.name == "messages":
        return []
    return [
        f"{domain.name}: core translates {m.id!r} as {same.string!r}; give it a context"
        for m in catalog
        if m.id and (same := core.get(m.id, m.context)) and same.string != m.string
    ]


def main(arguments: list[str]) -> int:
    """Do ``update``, ``compile`` or ``check`` for every domain."""
    action = arguments[0] if arguments else ""
    if action not in ("update", "compile", "check"):
        print("usage: python -m core.web.catalogues update|compile|check", file=sys.stderr)
        return 2
    wrong: list[str] = []
    for domain in domains():
        if action == "update":
            update(domain)
        elif action == "compile":
            compile_(domain)
        else:
            wrong += problems(domain)
    print("\n".join(wrong or [f"catalogues: {action} done"]))
    return 1 if wrong else 0


def _read(po: Path) -> Catalog | None:
    if not po.is_file():
        return None
    with po.open("rb") as file:
        return read_po(file, locale=LOCALE, domain=po.stem)


def _without_dates(text: bytes) -> bytes:
    """Leave out what changes at every run, so that commits show only texts."""
    lines = text.decode().splitlines(keepends=True)
    noise = ("-Date:", "Generated-By", "Report-Msgid", "Last-Translator", "Language-Team:")
    return "".join(line for line in lines if not any(n in line for n in noise)).encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
