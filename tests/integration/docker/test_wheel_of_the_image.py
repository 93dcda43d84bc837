"""Runs the image's own steps that need no network: what it copies makes a whole wheel."""

import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
BUILDER = (ROOT / "docker" / "Dockerfile").read_text().split("\nFROM ")[1]
STEP_SECONDS = 120


def run(*words: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        words,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel in a fresh folder, from no more than what the Dockerfile copies."""
    folder = tmp_path_factory.mktemp("image")
    source = folder / "src"
    source.mkdir()
    for line in re.findall(r"^COPY (.+)$", BUILDER, re.MULTILINE):
        *names, _ = line.split()
        for name in names:
            if (ROOT / name).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / name, ignore=ignored)
            else:
                shutil.copy(ROOT / name, source)
    build = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ".")
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", *build, cwd=source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """Unpack it as pip does; what it depends on is this environment's."""
    target = wheel.parent / "site"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel)
    run(sys.executable, "-m", "pip", "--disable-pip-version-check", *install, cwd=wheel.parent)
    return target


def sources(package: str, name: str | None = None) -> set[str]:
    """Return the files of a package of the tree, as a wheel names them."""
    return {
        f"{name or package}/{path.relative_to(ROOT / package)}"
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_wheel_has_the_three_packages_and_the_migrations_whole(wheel: Path) -> None:
    carried = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert carried == {
        *sources("smsc"),
        *sources("api"),
        *sources("workers"),
        *sources("alembic", "smsc/_alembic"),
    }


def test_installed_wheel_finds_its_own_migrations(installed: Path) -> None:
    code = "from smsc import migrate; print(migrate.scripts(), migrate.head_revision())"

    folder, head = run(
        sys.executable, "-c", code, cwd=installed.parent, PYTHONPATH=str(installed)
    ).split()

    assert Path(folder) == installed / "smsc" / "_alembic"
    assert head != "None"


def test_installed_wheel_migrates_a_database(installed: Path, database_url: str) -> None:
    done = run(
        sys.executable,
        "-m",
        "smsc.cli",
        "migrate",
        "--check",
        cwd=installed.parent,
        PYTHONPATH=str(installed),
        SMSC_DATABASE_URL=database_url,
    )

    assert "agree" in done


@contextmanager
def answering(status: int) -> Iterator[int]:
    """Serve every GET with a status; yield the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)], ids=["healthy", "not ready"])
def test_health_check_tells_healthy_from_unhealthy(status: int, code: int) -> None:
    with answering(status) as port:
        check: list[str | Path] = [
            sys.executable,
            ROOT / "docker" / "healthcheck.py",
            f"http://127.0.0.1:{port}/",
        ]
        done = subprocess.run(check, capture_output=True, timeout=STEP_SECONDS, check=False)

    assert done.returncode == code
