"""The tools that look at what we lean on, in an environment of their own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements-supply.lock"
_FOLDER = ROOT / "build" / "supply"


def installed() -> Path:
    """Return the Python of that environment, made and filled if it is not yet."""
    python = _FOLDER / "bin" / "python"
    filled = _FOLDER / "filled-by"
    if python.exists() and filled.exists() and filled.read_bytes() == LOCK.read_bytes():
        return python
    subprocess.run([sys.executable, "-m", "venv", str(_FOLDER)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([str(python), *install, "--require-hashes", "-r", str(LOCK)], check=True)
    filled.write_bytes(LOCK.read_bytes())
    return python


def run_python(*words: str, text: str = "") -> int:
    """Run that Python on `text`; return its exit code: 0 where it found no fault."""
    done = subprocess.run([str(installed()), *words], input=text, text=True, check=False)
    return done.returncode
