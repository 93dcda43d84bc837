"""Profiles of a simulated box: devices and operators as users meet them, and plain hostility.

Each is a data file of this folder; no code knows any of them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from smsc.errors import BadParameter
from smsc.simulator.behaviour import Behaviour, change


@dataclass(frozen=True, slots=True)
class Profile:
    """A data file: `<name>.toml`."""

    name: str
    title: str
    notes: tuple[str, ...]  # what it does that others don't
    settings: Mapping[str, object]  # fields of a behaviour

    def behaviour(self) -> Behaviour:
        """Return the behaviour: a good day's, but for what the file sets."""
        return change(Behaviour(), self.settings)


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
        BadParameter: there is none of that name.
    """
    for profile in every():
        if profile.name == name.strip().lower():
            return profile
    known = ", ".join(profile.name for profile in every())
    raise BadParameter(f"There is no profile {name!r}. There are: {known}.")


def _read(name: str, text: str) -> Profile:
    content = tomllib.loads(text)
    return Profile(name, content["title"], tuple(content["notes"]), content.get("settings", {}))
