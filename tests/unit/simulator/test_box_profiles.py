import re
from pathlib import Path

import pytest

from smsc.errors import BadParameter
from smsc.simulator import profiles
from smsc.simulator.behaviour import Behaviour, change, descriptions, dump
from smsc.simulator.profiles import Profile
from smsc.smpp.pdu import MalformedPdu, decode

ROOT = Path(__file__).parents[3]
EVERY = {profile.name: profile for profile in profiles.every()}


@pytest.mark.parametrize("profile", EVERY.values(), ids=EVERY)
def test_a_profile_is_a_behaviour_of_its_own_and_says_what_it_does(profile: Profile) -> None:
    behaviour = profile.behaviour()
    assert behaviour != Behaviour()
    assert change(Behaviour(), dump(behaviour)) == behaviour
    assert profile.title
    assert all(note.endswith(".") for note in profile.notes)


def test_no_two_profiles_are_the_same() -> None:
    behaviours = [dump(profile.behaviour()) for profile in EVERY.values()]
    assert all(behaviours.count(behaviour) == 1 for behaviour in behaviours)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    with pytest.raises(BadParameter, match=r"'gopi'.*goip"):
        profiles.find("gopi")


def test_the_stray_pdus_are_whole_ones_of_which_two_contradict_themselves() -> None:
    octets = bytes.fromhex(EVERY["stray-pdus"].behaviour().stray_pdus)
    malformed = 0
    while octets:
        length = int.from_bytes(octets[:4])
        try:
            decode(octets[:length])
        except MalformedPdu:
            malformed += 1
        octets = octets[length:]
    assert malformed == 2


def test_the_documents_name_every_profile_and_every_knob() -> None:
    named = set(re.findall(r"`([a-z0-9_*-]+)`", (ROOT / "docs" / "simulator.md").read_text()))
    families = tuple(name.removesuffix("*") for name in named if name.endswith("_*"))
    assert set(EVERY) <= named
    assert {name for name in descriptions() if not name.startswith(families)} <= named
