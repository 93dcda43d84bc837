"""Puts the other parties in place: a Debian package, a venv, an npm folder."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SMPP34 = "smpp34==1.5.0"
NPM_SMPP = "smpp@0.5.1"
NPM_TWILIO = "twilio@6.2.0"


class Missing(Exception):
    """A party can't be had here; the words say what is missing."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where things are installed; kept from run to run."""

    folder: Path

    def kannel(self) -> str:
        """Return bearerbox's version.

        Raises:
            Missing: it is not installed, and we may not install it.
        """
        if shutil.which("bearerbox", path=_path()) is None:
            if os.geteuid() != 0 or shutil.which("apt-get") is None:
                raise Missing("bearerbox is not installed: as root, apt-get install kannel")
            _run("apt-get", "install", "--yes", "--quiet", "kannel")
        words = subprocess.run([find("bearerbox"), "--version"], capture_output=True, check=False)
        return words.stdout.decode(errors="replace").partition("version `")[2].partition("'")[0]

    def python(self) -> str:
        """Return a Python that has smpp34.

        Raises:
            Missing: pip can't install it.
        """
        python = self.folder / "venv" / "bin" / "python"
        if not python.exists():
            _run(sys.executable, "-m", "venv", str(self.folder / "venv"))
        _run(str(python), "-m", "pip", "install", "--quiet", SMPP34)
        return str(python)

    def npm_package(self, pinned: str) -> Path:
        """Return the folder of an npm package, whose name and version are given by `@`.

        Raises:
            Missing: there is no Node.js, or npm can't install it.
        """
        if shutil.which("npm") is None or shutil.which("node") is None:
            raise Missing("Node.js is not installed: apt-get install nodejs npm")
        folder = self.folder / "npm" / pinned  # its own: an install removes what it doesn't know
        name, _, _ = pinned.partition("@")
        if not (folder / "node_modules" / name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            prefix = ("--prefix", str(folder), "--no-save", "--no-audit", "--no-fund")
            _run("npm", "install", "--silent", *prefix, pinned)
        return folder / "node_modules" / name


def find(program: str) -> str:
    """Return where a daemon is: /usr/sbin counts, too."""
    found = shutil.which(program, path=_path())
    if found is None:
        raise Missing(f"{program} is not installed")
    return found


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()[-1:]
        raise Missing(f"{' '.join(command[:4])} failed: {' '.join(last)}")
