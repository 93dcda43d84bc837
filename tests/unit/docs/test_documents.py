"""Holds the documents to the code that they speak of."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from smsc.models import metadata
from smsc.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
CODE_PATH = re.compile(r"`((?:smsc|api|workers|docker|tests|alembic)/[\w./@-]*)(?::\w+)?`")
NOT_YET = {"tests/bench"}  # promised by the Makefile


def document_ids(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def as_environment(value: object) -> str:
    """Write a setting's default as docs/configuration.md does."""
    if value is None:
        return "not set"
    if value == "":
        return "empty"
    if isinstance(value, timedelta):
        return f"`PT{value.total_seconds():.0f}S`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_configuration_names_each_setting_with_its_default(name: str) -> None:
    default = as_environment(Settings.model_fields[name].default)

    configuration = (ROOT / "docs" / "configuration.md").read_text()

    assert f"\n| `SMSC_{name.upper()}` | {default} | " in configuration


def test_a_default_in_the_documents_can_be_set_as_it_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SMSC_WEBHOOK_TIMEOUT", "PT15S")

    assert Settings.read().webhook_timeout == Settings.model_fields["webhook_timeout"].default


def test_configuration_names_each_variable_of_the_command_line() -> None:
    code = "".join(path.read_text() for path in (ROOT / "smsc" / "cli").rglob("*.py"))
    variables = set(re.findall(r'envvar="(\w+)"', code))

    configuration = (ROOT / "docs" / "configuration.md").read_text()

    assert variables
    assert {name for name in variables if f"`{name}`" not in configuration} == set()


def test_dependencies_are_each_accounted_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    names = {re.split(r"[\[<>=~! ]", line)[0] for group in groups for line in group}

    explained = set(
        re.findall(
            r"^\| `([^`]+)` \|", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE
        )
    )

    assert explained == names


def test_architecture_names_every_table() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text()

    assert {name for name in metadata.tables if f"`{name}`" not in architecture} == set()


def test_floors_in_the_architecture_are_those_that_are_enforced() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = next(c["layers"] for c in contracts["contracts"] if c["type"] == "layers")
    block = (ROOT / "docs" / "architecture.md").read_text().split("```")
    picture = next(part for part in block if part.startswith("\napi | workers"))

    assert [re.split(r" {2,}", line)[0] for line in picture.strip().splitlines()] == layers


@pytest.mark.parametrize("path", DOCUMENTS, ids=document_ids(DOCUMENTS))
def test_links_between_files_lead_somewhere(path: Path) -> None:
    targets = [t for t in LINK.findall(path.read_text()) if "://" not in t]

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=document_ids(DOCUMENTS))
def test_files_that_a_document_speaks_of_exist(path: Path) -> None:
    named = set(CODE_PATH.findall(path.read_text())) - NOT_YET - {"docker/.env", "smsc/_alembic"}

    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("path", ADRS, ids=document_ids(ADRS))
def test_a_decision_has_its_number_date_and_four_parts(path: Path) -> None:
    text = path.read_text()

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.search(r"^Date: \d{4}-\d{2}\. Status: \w+", text, re.MULTILINE)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Context",
        "Decision",
        "Consequences",
        "Alternatives",
    ]
