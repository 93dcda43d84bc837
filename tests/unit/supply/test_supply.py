"""What we lean on: locked with hashes, of allowed licences, listed whole."""

import json
from typing import Any

import pytest

from tests.supply import licences, lock_file, sbom

RUNTIME = lock_file.read(lock_file.RUNTIME)
ALL = {package.name: package for package in [*lock_file.read(lock_file.DEVELOPMENT), *RUNTIME]}
INSTALLED = sorted(name for name in ALL if licences.is_installed(name))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(sbom.document())
    return made


def test_every_locked_package_has_a_hash() -> None:
    assert {name for name, package in ALL.items() if not package.hashes} == set()
    assert len(ALL) > 90


def test_the_page_of_licences_lists_exactly_what_is_locked() -> None:
    assert set(licences.on_the_page()) == set(ALL)


def test_every_locked_package_has_an_allowed_licence() -> None:
    page = licences.on_the_page()

    assert {name for name in ALL if licences.parts(page[name]) - licences.ALLOWED} == set()


@pytest.mark.parametrize("name", INSTALLED)
def test_a_package_declares_the_licence_that_the_page_says(name: str) -> None:
    declared = licences.declared(name)

    if declared is None:
        assert name in licences.read_by_hand()
    elif declared == licences.SOME_BSD:
        assert licences.on_the_page()[name] in declared
    else:
        assert declared == licences.on_the_page()[name]


def test_most_runtime_packages_are_here_to_be_asked() -> None:
    assert {p.name for p in RUNTIME} - set(INSTALLED) <= {"async-timeout", "colorama"}


def test_the_bill_of_materials_lists_each_package_with_version_hashes_and_licence(
    document: dict[str, Any],
) -> None:
    page = licences.on_the_page()
    listed = {
        part["name"]: (
            part["version"],
            {entry["content"] for entry in part["hashes"]},
            part["licenses"],
        )
        for part in document["components"]
    }

    assert listed == {
        name: (package.version, set(package.hashes), [{"expression": page[name]}])
        for name, package in ALL.items()
    }


def test_the_bill_of_materials_tells_what_runs_from_what_tests(document: dict[str, Any]) -> None:
    required = {part["name"] for part in document["components"] if part["scope"] == "required"}

    assert required == {package.name for package in RUNTIME}


def test_the_bill_of_materials_says_who_needs_what(document: dict[str, Any]) -> None:
    needs = {entry["ref"]: entry["dependsOn"] for entry in document["dependencies"]}
    ours = document["metadata"]["component"]["bom-ref"]
    starlette, fastapi = ALL["starlette"], ALL["fastapi"]

    assert f"pkg:pypi/fastapi@{fastapi.version}" in needs[ours]
    assert f"pkg:pypi/starlette@{starlette.version}" in needs[f"pkg:pypi/fastapi@{fastapi.version}"]


def test_the_bill_of_materials_is_the_same_octets_each_time() -> None:
    assert sbom.document() == sbom.document()
