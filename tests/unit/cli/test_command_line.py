"""The command line itself: what is listed, how it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smsc.cli import COMMANDS

ROOT = Path(__file__).parents[3]


def smsc(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "smsc.cli", *words],
        env={key: value for key, value in os.environ.items() if not key.startswith("SMSC_")}
        | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    script = (
        "import sys; sys.argv = ['smsc', '--help']\n"
        "import atexit; atexit.register(lambda: print('alembic' in sys.modules))\n"
        "from smsc.cli import main; main()"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert all(name in said for name in COMMANDS)
    assert said.rstrip().endswith("False")


def test_an_expected_failure_is_one_line_and_exit_code_1() -> None:
    result = smsc("migrate")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: SMSC_DATABASE_URL is not set")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["nothing"], ["migrate", "--nothing"]])
def test_wrong_usage_is_exit_code_2(words: list[str]) -> None:
    assert smsc(*words).returncode == 2


def test_a_wrong_setting_is_one_line_that_names_it(tmp_path: Path) -> None:
    result = smsc("up", SMSC_HOME=str(tmp_path), SMSC_HTTP_PORT="eighty")
    assert result.returncode == 1
    assert result.stderr.startswith("error: SMSC_HTTP_PORT ")
    assert result.stderr.count("\n") == 1
