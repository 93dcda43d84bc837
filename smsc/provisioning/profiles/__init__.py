"""Profiles of devices and operators: what a connector to one of them usually wants.

A profile only prefills: each setting can be changed afterwards, and no code knows any of them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Profile:
    """A data file of this folder: `<name>.toml`."""

    name: str
    title: str
    notes: tuple[str, ...]  # what its owner should know or set on the device
    settings: Mapping[str, Any]  # fields of a connector's draft


class UnknownProfile(LookupError):
    """There is no such profile."""

    def __init__(self, name: str) -> None:
        known = ", ".join(profile.name for profile in every())
        super().__init__(f"There is no profile {name!r}. There are: {known}.")


@cache
def every() -> tuple[Profile, ...]:
    """Return all profiles, by name."""
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".toml"))
    return tuple(
        _read(file.name.removesuffix(".toml"), file.read_text("utf-8"))
        for file in sorted(files, key=lambda file: file.name)
    )


def find(name: str) -> Profile:
    """Return one.

    Raises:
        UnknownProfile: there is none of that name.
    """
    for profile in every():
        if profile.name == name.strip().lower():
            return profile
    raise UnknownProfile(name)


def _read(name: str, text: str) -> Profile:
    content = tomllib.loads(text)
    return Profile(name, content["title"], tuple(content["notes"]), content.get("settings", {}))
