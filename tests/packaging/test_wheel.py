"""The wheel: it holds what serving needs and nothing else, and it runs where no source is.

It is installed into a virtual environment of its own, without its requirements: those it finds in
the site-packages of the Python that runs the tests, which a ``.pth`` file adds to its path.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.servers import status

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ("core", "migrations", "plugins")
SOURCES = (*SHIPPED, "tests")
FILES = ("LICENSE", "README.md", "constraints.txt", "pyproject.toml", "setup.cfg", "wsgi.py")
DISTRICT = "620602"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with compiled catalogues, so that building leaves nothing behind."""
    copy = tmp_path_factory.mktemp("source")
    for folder in SOURCES:
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    run(sys.executable, "-B", "-m", "core.web.catalogues", "compile", cwd=copy)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", str(target), ".", cwd=source)
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment in which the wheel is installed."""
    environment = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    made = environment / "bin" / "python"
    constraints = str(ROOT / "constraints.txt")
    pip = (sys.executable, "-m", "pip", "--python", str(made), "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", "-c", constraints, str(wheel))
    own = Path(run(str(made), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    paths = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (own / "requirements.pth").write_text("\n".join(paths) + "\n")
    return made


def run(*command: str, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def test_the_wheel_holds_the_packages_and_nothing_else(source: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    files = {
        str(path.relative_to(source))
        for folder in SHIPPED
        for path in (source / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert names == files | {"wsgi.py"}
    assert {name.partition("/")[0] for name in names} == {*SHIPPED, "wsgi.py"}


def test_the_wheel_holds_what_serving_reads(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {info.filename: info.file_size for info in archive.infolist()}
    needed = {
        "core/places/divisions/divisions-2023.zip",
        "core/translations/zh_Hans/LC_MESSAGES/messages.mo",
        "core/web/static/linli.js",
        "core/web/static/vendor/LICENSES.txt",
        "core/web/static/vendor/htmx.min.js",
        "core/web/static/vendor/icons.svg",
        "core/web/static/vendor/tabler.min.css",
        "core/web/templates/layout/base.html",
        "migrations/env.py",
        "migrations/script.py.mako",
        "migrations/versions/core_0001_spine.py",
        "plugins/volunteer/migrations/volunteer_0001_activities.py",
        "plugins/volunteer/templates/volunteer/index.html",
        "plugins/volunteer/translations/zh_Hans/LC_MESSAGES/volunteer.mo",
        "wsgi.py",
    }
    assert {name for name in needed if not sizes.get(name)} == set()
    unwanted = ("tests", "bench", "docs", "examples", "node_modules", "var", "__pycache__")
    assert [name for name in sizes if set(unwanted) & set(name.split("/"))] == []


@pytest.fixture
def home() -> Iterator[Path]:
    """A LINLI_HOME that does not exist yet, where every user can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="linli-wheel-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder / "var"
    left = status(folder / "var")
    shutil.rmtree(folder)
    assert (left.running, left.holders) == (False, ())


def test_the_installed_wheel_serves(python: Path, home: Path, tmp_path: Path) -> None:
    settings = ("LINLI_", "DATABASE_", "VALKEY_", "PYTHON")
    env = {k: v for k, v in os.environ.items() if not k.startswith(settings)}
    env["LINLI_HOME"] = str(home)

    def linli(*arguments: str) -> str:
        return run(str(python.with_name("linli")), *arguments, cwd=tmp_path, env=env)

    where = (
        "import core, plugins.volunteer as p, wsgi; print(core.__file__, p.__file__, wsgi.__file__)"
    )
    environment = python.parent.parent
    linli("db", "upgrade")
    assert all(
        Path(file).is_relative_to(environment)
        for file in run(str(python), "-c", where, cwd=tmp_path, env=env).split()
    )
    linli("tenant", "create", DISTRICT, "--admin-phone", "13800000000", "--active")
    community = f"{DISTRICT}001001"
    linli("plugin", "enable", community, "volunteer")

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [str(python), "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}"],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert "凉州区" in fetch(f"{base}/{DISTRICT}")
        assert "志愿活动" in fetch(f"{base}/{community}/volunteer/open")
        assert "--tblr" in fetch(f"{base}/static/vendor/tabler.min.css")
    finally:
        server.terminate()
        assert server.wait(20) == 0
    assert list(tmp_path.iterdir()) == []


def fetch(url: str) -> str:
    """Return a page as soon as the server answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as page:
                return str(page.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            assert time.monotonic() < deadline, url
            time.sleep(0.1)
