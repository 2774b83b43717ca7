"""The browser's files: which ones, from where, and what templates may say about them."""

import json
import re
from pathlib import Path

import pytest

from core.web import assets

TEMPLATES = sorted(
    [*assets.ROOT.glob("core/**/templates/**/*.html"), *assets.ROOT.glob("plugins/**/*.html")]
)
OUTLINE = (
    '<svg class="icon">\n  <path stroke="none" d="M0 0h24v24H0z"/>\n  <path d="M5 12"/>\n</svg>'
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A source checkout whose packages are installed."""
    modules = tmp_path / "node_modules"
    for name in assets.PACKAGES:
        (modules / name).mkdir(parents=True)
        about = {"name": name, "version": "1.0.0", "license": "MIT"}
        (modules / name / "package.json").write_text(json.dumps(about))
    (modules / "htmx.org" / "LICENSE").write_text("Do as you like.\n")
    for source in assets.FILES.values():
        (modules / source).parent.mkdir(parents=True, exist_ok=True)
        (modules / source).write_text(source)
    outlines = modules / "@tabler/icons/icons/outline"
    outlines.mkdir(parents=True)
    for name in assets.ICONS:
        (outlines / f"{name}.svg").write_text(OUTLINE)
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def test_the_vendor_folder_holds_what_pages_use_and_nothing_else(checkout: Path) -> None:
    vendor = checkout / "vendor"
    vendor.mkdir()
    (vendor / "old.js").write_text("old")
    assets.fill(vendor, checkout / "node_modules", "mark")
    assert {file.name: file.read_text() for file in vendor.iterdir()} == {
        "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
        "htmx.min.js": "htmx.org/dist/htmx.min.js",
        "icons.svg": assets.sprite(checkout / "node_modules/@tabler/icons/icons/outline"),
        "LICENSES.txt": assets.licences(checkout / "node_modules"),
        "stamp.txt": "mark",
    }


def test_the_sprite_has_one_symbol_per_icon_without_its_frame(checkout: Path) -> None:
    sprite = assets.sprite(checkout / "node_modules/@tabler/icons/icons/outline")
    symbol = '<symbol id="accessible" viewBox="0 0 24 24"><path d="M5 12"/></symbol>'
    assert sprite.splitlines()[1] == symbol
    assert re.findall(r'id="([^"]+)"', sprite) == list(assets.ICONS)


def test_licences_name_every_package(checkout: Path) -> None:
    licences = assets.licences(checkout / "node_modules")
    assert re.findall(r"^(\S+) 1\.0\.0, licence MIT$", licences, re.MULTILINE) == list(
        assets.PACKAGES
    )
    assert licences.endswith("Do as you like.\n")


def test_nothing_is_done_when_nothing_changed(checkout: Path) -> None:
    vendor = checkout / "vendor"
    assets.fill(vendor, checkout / "node_modules", assets.fingerprint(checkout))
    assert assets.build(checkout, vendor) is False


def test_another_lockfile_means_other_files(checkout: Path) -> None:
    before = assets.fingerprint(checkout)
    (checkout / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert assets.fingerprint(checkout) != before


def test_a_missing_lockfile_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetError) as error:
        assets.build(tmp_path, tmp_path / "vendor")
    assert str(error.value) == (
        f"{tmp_path / 'package-lock.json'} is missing: run this from a source checkout"
    )


def test_a_failing_npm_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "package-lock.json").write_text("not json")
    with pytest.raises(assets.AssetError, match=r"^npm ci failed: \S[^\n]*$"):
        assets.build(tmp_path, tmp_path / "vendor")
    assert not (tmp_path / "vendor").exists()


def test_a_missing_file_is_said_in_one_line_and_leaves_the_old_ones(checkout: Path) -> None:
    vendor, modules = checkout / "vendor", checkout / "node_modules"
    assets.fill(vendor, modules, "old")
    (modules / "htmx.org/dist/htmx.min.js").unlink()
    with pytest.raises(assets.AssetError) as error:
        assets.fill(vendor, modules, "new")
    missing = modules / "htmx.org/dist/htmx.min.js"
    assert str(error.value) == f"{missing} is missing from the installed packages"
    assert (vendor / "htmx.min.js").read_text() == "htmx.org/dist/htmx.min.js"
    assert (vendor / "stamp.txt").read_text() == "old"


def test_icons_are_listed_once_and_in_order() -> None:
    assert list(assets.ICONS) == sorted(set(assets.ICONS))


def test_the_lockfile_pins_every_package_without_a_download_address() -> None:
    lock = json.loads((assets.ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name, entry in packages.items() if "integrity" not in entry] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_keeps_to_the_content_security_policy(template: Path) -> None:
    text = template.read_text("utf-8")
    assert re.findall(r'\s(?:style|on[a-z]+|hx-on[:\w-]*)="', text) == []
    assert re.findall(r"<style|javascript:|[\"']js:", text) == []
    assert re.findall(r"<script(?![^>]*nonce=)[^>]*>", text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_shows_only_icons_of_the_sprite(template: Path) -> None:
    text = template.read_text("utf-8")
    shown = re.findall(r"\bicon\('([^']+)'\)|icon_name='([^']+)'", text)
    assert [name for pair in shown for name in pair if name and name not in assets.ICONS] == []
