"""`python -m tests.supply.sbom`: what the product is made of, as CycloneDX 1.6, from the locks.

The same locks give the same octets: there is neither a time nor a random number in it.
"""

import argparse
import json
import tomllib
import uuid
from pathlib import Path
from typing import Any

from tests.supply import licences, lock_file, tools

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "build" / "sbom.cdx.json"
_NAMESPACE = uuid.UUID("5f0c3a52-6a1c-5c0e-9c39-1c8a3b5c7d11")  # ours, for serial numbers alone


def main() -> None:
    """Write the document, and hold it to CycloneDX's schema."""
    parser = argparse.ArgumentParser(prog="python -m tests.supply.sbom")
    parser.add_argument("--output", type=Path, default=TARGET)
    parser.add_argument("--unchecked", action="store_true", help="don't install the validator")
    arguments = parser.parse_args()
    text = document()
    if not arguments.unchecked and (code := tools.run_python("-c", _VALIDATION, text=text)):
        raise SystemExit(code)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    arguments.output.write_text(text)
    print(f"{arguments.output}: {len(json.loads(text)['components'])} packages")


# By the reference library, which is the validator's own, in the tools' environment.
_VALIDATION = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read())
sys.exit(f"not CycloneDX 1.6: {fault}" if fault else 0)
"""


def document() -> str:
    """Return the document; required is what an installation has, excluded what tests have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    running = {package.name for package in lock_file.read(lock_file.RUNTIME)}
    packages = {package.name: package for package in lock_file.read(lock_file.DEVELOPMENT)}
    packages |= {package.name: package for package in lock_file.read(lock_file.RUNTIME)}
    licence_of = licences.on_the_page()
    if missing := sorted(packages.keys() - licence_of.keys()):
        raise SystemExit(f"docs/licences.md has no row for {', '.join(missing)}: add one for each.")
    ordered = [packages[name] for name in sorted(packages)]
    ours = f"pkg:generic/{project['name']}@{project['version']}"
    made: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": ours,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"expression": project["license"]}],
            }
        },
        "components": [
            _component(
                package,
                licence_of[package.name],
                scope="required" if package.name in running else "excluded",
            )
            for package in ordered
        ],
        "dependencies": _dependencies(ordered, ours),
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(made, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}", **made}, indent=1) + "\n"


def _reference(package: lock_file.Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


def _component(package: lock_file.Locked, licence: str, *, scope: str) -> dict[str, Any]:
    """Describe one package; its hashes are those of every file in which it is published."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "scope": scope,
        "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
        "licenses": [{"expression": licence}],
        "purl": _reference(package),
    }
    if package.marker:
        component["properties"] = [{"name": "smsc:marker", "value": package.marker}]
    return component


def _dependencies(packages: list[lock_file.Locked], ours: str) -> list[dict[str, Any]]:
    """Turn the lock's "via" around: who needs what."""
    references = {package.name: _reference(package) for package in packages}
    needs: dict[str, set[str]] = {ours: set(), **{ref: set() for ref in references.values()}}
    for package in packages:
        for name in package.asked_by:
            needs[references.get(name, ours)].add(references[package.name])
    return [{"ref": ref, "dependsOn": sorted(needed)} for ref, needed in needs.items()]


if __name__ == "__main__":
    main()
