"""A real Linli (gunicorn, worker, cron, demo data) and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ARTIFACTS = ROOT / "artifacts"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None and not os.environ.get("LINLI_REQUIRE_BROWSER"):
        pytest.skip("no chromium on this machine; `make browser` installs it")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """`linli demo` on a fresh LINLI_HOME, as a newcomer starts it.

    Its processes are not measured for coverage: that slows every page and reaches nothing that
    other tests do not.
    """
    home = Path(tempfile.mkdtemp(prefix="linli-browser-"))
    home.chmod(0o755)
    port = _free_port()
    plain = {name: text for name, text in os.environ.items() if not name.startswith("COV")}
    env = {**plain, "LINLI_MODE": "demo", "LINLI_HOME": str(home)}
    command = [sys.executable, "-m", "core.cli", "demo", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if "Linli is at" in line:
            break
    else:
        pytest.fail("linli demo did not start:\n" + "".join(seen))
    drain = threading.Thread(target=lambda: [seen.append(line) for line in process.stdout or ()])
    drain.start()
    yield f"http://127.0.0.1:{port}"
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=15)
    drain.join()
    shutil.rmtree(home, ignore_errors=True)
    assert not re.search(r"Traceback|ERROR", "".join(seen)), "".join(seen)


@pytest.fixture(params=[(s, lang) for s in SIZES for lang in LOCALES], ids=lambda p: "-".join(p))
def view(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Size and language of the screen."""
    pair: tuple[str, str] = request.param
    return pair


@pytest.fixture
def open_context(browser: Browser, view: tuple[str, str]) -> Iterator[Callable[[], BrowserContext]]:
    """Open a browser that nobody used before, at the size and language of ``view``."""
    size, language = view
    width, height = SIZES[size]
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": height}, locale=LOCALES[language]
        )
        context.set_default_timeout(10_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def inspect(view: tuple[str, str]) -> Callable[[Page, str], None]:
    """Photograph a page and hold it to the rules: axe, no sideways scrolling, its own language."""
    axe = (ROOT / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    folder = ARTIFACTS / "-".join(view)
    folder.mkdir(parents=True, exist_ok=True)

    def look(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        # A button half under the bar that stays on top counts as too small a target, and where
        # a page that was opened at an anchor has scrolled to depends on when one looks.
        page.evaluate("window.scrollTo({top: 0, behavior: 'instant'})")
        page.evaluate(axe)
        found = page.evaluate(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
            ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' ')))"
        )
        assert found == [], f"{name}: {found}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[view[0]][0], f"{name} scrolls sideways: {width}"
        expected = "zh-CN" if view[1] == "zh" else "en"
        assert page.evaluate("document.documentElement.lang") == expected

    return look


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
