"""Holds docker/ to the code and to its own promises, without a Docker engine."""

import ast
import configparser
import json
import re
from pathlib import Path

import pytest

from smsc.cli import COMMANDS
from smsc.settings import Settings
from workers.__main__ import KINDS, STOP_SECONDS

ROOT = Path(__file__).parents[3]
DOCKER = ROOT / "docker"
DOCKERFILE = (DOCKER / "Dockerfile").read_text()
COMPOSE = (DOCKER / "compose.yaml").read_text()
UNITS = sorted((DOCKER / "systemd").glob("*.service"))
UNIT_IDS = [path.name for path in UNITS]
BASE_IMAGE = "python:3.11-slim-bookworm"
ENVIRONMENTS = [
    DOCKER / "Dockerfile",
    DOCKER / "compose.yaml",
    DOCKER / ".env.example",
    DOCKER / "systemd" / "smsc.env.example",
]
COMPOSE_ONLY = {"SMSC_PUBLISH_HTTP", "SMSC_PUBLISH_SMPP"}  # where the host listens
TARGET_WORKERS = re.compile(r"smsc-worker@(\w+)\.service")


class Unit(configparser.RawConfigParser):
    """A systemd unit; a key that is given twice has its last value."""

    def __init__(self, path: Path) -> None:
        super().__init__(strict=False, comment_prefixes=("#",), delimiters=("=",))
        self.read_string(path.read_text())

    def optionxform(self, optionstr: str) -> str:
        return optionstr


def commands() -> list[list[str]]:
    """Return every command of ours that the image, Compose or a unit runs."""
    lines = re.findall(r"^(?:CMD|\s+command:) (\[.*\])$", DOCKERFILE + COMPOSE, re.MULTILINE)
    found: list[list[str]] = [json.loads(line) for line in lines]
    for path in UNITS:
        unit = Unit(path)
        found.append(unit["Service"]["ExecStart"].replace("/opt/smsc/bin/", "").split())
    return [words for words in found if words[0] in {"python", "smsc"}]


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_an_installation_exists(words: list[str]) -> None:
    match words:
        case ["python", "-m", "api"]:
            assert (ROOT / "api" / "__main__.py").exists()
        case ["python", "-m", "workers", kind]:
            assert kind in {*KINDS, "all", "%i"}
        case ["smsc", name, *_]:
            assert name in COMMANDS
        case _:
            pytest.fail(f"nobody knows {words}")


def test_compose_and_the_target_run_every_kind_of_worker() -> None:
    in_compose = {words[3] for words in commands() if words[:3] == ["python", "-m", "workers"]}
    in_target = set(TARGET_WORKERS.findall((DOCKER / "systemd" / "smsc.target").read_text()))

    assert in_compose - {"%i"} == in_target == set(KINDS)


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.name)
def test_a_variable_of_an_installation_is_a_setting(path: Path) -> None:
    known = {f"SMSC_{name.upper()}" for name in Settings.model_fields} | COMPOSE_ONLY

    assert set(re.findall(r"\bSMSC_[A-Z_]+\b", path.read_text())) - known == set()


def test_the_image_is_made_of_the_standard_image_alone() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {BASE_IMAGE}
    assert "://" not in re.sub(r"http://127\.0\.0\.1", "", DOCKERFILE)


def test_the_image_installs_nothing_without_a_hash() -> None:
    builder = DOCKERFILE.split("\nFROM ")[1].replace("\\\n", " ")
    installs = re.findall(r"python install (.*)", builder)

    assert len(installs) == 2
    assert all("--require-hashes" in words or "--no-deps" in words for words in installs)


def test_the_image_runs_as_a_number_that_is_not_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE)

    assert users == [("10001", "10001")]


def service_blocks() -> dict[str, str]:
    """Return the lines of each service of Compose, anchors unfolded."""
    anchor = re.compile(r"^x-\w+: &(\w+)\n((?:  .*\n|\n)+)", re.MULTILINE)
    anchors = dict(anchor.findall(COMPOSE))
    block = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    found = dict(re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", block + "\n", re.MULTILINE))
    for name, body in found.items():
        while merged := re.search(r"<<: \*(\w+)", body):
            body = body.replace(merged[0], anchors[merged[1]])  # noqa: PLW2901 unfolded
        found[name] = body
    return found


OURS = sorted({"migrate", "api", "simulator", *KINDS} & set(service_blocks()))


@pytest.mark.parametrize("name", OURS)
def test_a_container_of_ours_is_read_only_and_has_no_capability(name: str) -> None:
    service = service_blocks()[name]

    assert "read_only: true" in service
    assert "tmpfs: [/tmp]" in service
    assert "cap_drop: [ALL]" in service
    assert 'security_opt: ["no-new-privileges:true"]' in service
    assert "cap_add" not in service
    assert "privileged" not in service.replace("no-new-privileges", "")
    assert "user:" not in service


def test_every_service_but_the_databases_is_of_ours() -> None:
    assert set(service_blocks()) - set(OURS) == {"postgres", "redis"}


def test_the_image_shows_the_default_ports() -> None:
    exposed = re.search(r"^EXPOSE (.+)$", DOCKERFILE, re.MULTILINE)
    fields = Settings.model_fields
    ports = {field.default for name, field in fields.items() if name.endswith("_port")} - {None}

    assert exposed is not None
    assert {int(port) for port in exposed[1].split()} == ports


def test_what_the_image_copies_is_let_through_by_dockerignore() -> None:
    allowed = {
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"
    }
    copied = {
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    }

    assert copied == allowed
    assert all((ROOT / source).exists() for source in copied)


def test_no_secret_has_a_value_in_the_samples() -> None:
    for path in ENVIRONMENTS[2:]:
        secrets = re.findall(
            r"^(?:SMSC_SECRET_KEY|POSTGRES_PASSWORD)=(.*)$", path.read_text(), re.MULTILINE
        )
        assert set(secrets) == {""}


def test_compose_indents_by_spaces_and_names_each_service_once() -> None:
    block = COMPOSE.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    services = re.findall(r"^  (\w+):$", block, re.MULTILINE)

    assert "\t" not in COMPOSE
    assert len(services) == len(set(services))
    assert {"postgres", "redis", "migrate", "api", "simulator", *KINDS} <= set(services)


@pytest.mark.parametrize("path", UNITS, ids=UNIT_IDS)
def test_a_unit_runs_without_privileges(path: Path) -> None:
    service = Unit(path)["Service"]

    assert service["User"] == "smsc"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["PrivateTmp"] == "yes"
    assert service["CapabilityBoundingSet"] == ""


@pytest.mark.parametrize(
    "path", [u for u in UNITS if "migrate" not in u.name], ids=lambda p: p.name
)
def test_a_unit_gives_its_process_the_time_to_drain(path: Path) -> None:
    service = Unit(path)["Service"]

    assert service["Restart"] == "always"
    assert service["KillSignal"] == "SIGTERM"
    assert int(service["TimeoutStopSec"].removesuffix("s")) > STOP_SECONDS + 5


def test_the_health_check_needs_no_package_of_ours() -> None:
    tree = ast.parse((DOCKER / "healthcheck.py").read_text())
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }

    assert imported == {"sys", "urllib.request"}
