"""Connectors' drafts and changes, and the profiles that prefill them."""

import pytest
from pydantic import ValidationError

from smsc.provisioning import profiles
from smsc.provisioning.connector_fields import SETTINGS, ConnectorChange, ConnectorDraft

_GIVEN = {"name": "box", "host": "10.0.0.2", "system_id": "user", "password": "secret"}


@pytest.mark.parametrize("profile", profiles.every(), ids=lambda profile: profile.name)
def test_a_profile_sets_only_what_a_connector_has(profile: profiles.Profile) -> None:
    assert profile.title
    assert profile.notes
    assert profile.settings.keys() <= SETTINGS
    draft = ConnectorDraft.model_validate({**_GIVEN, "profile": profile.name})
    assert draft.model_dump(include=set(profile.settings)) == {
        **draft.model_dump(include=set(profile.settings)),
        **profile.settings,
    }


def test_what_is_given_wins_over_the_profile() -> None:
    assert ConnectorDraft.model_validate({**_GIVEN, "profile": "goip"}).enquire_link_seconds == 10
    given = {**_GIVEN, "profile": "goip", "enquire_link_seconds": 45}
    assert ConnectorDraft.model_validate(given).enquire_link_seconds == 45


def test_an_unknown_profile_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValidationError, match=r"no profile 'goipp'. There are: .*goip, "):
        ConnectorDraft.model_validate({**_GIVEN, "profile": "goipp"})


def test_address_rules_are_checked_when_they_are_set() -> None:
    with pytest.raises(ValidationError, match="ton of 'international' is a number from 0 to 7"):
        ConnectorChange.model_validate({"source_rules": {"international": {"ton": 9, "npi": 1}}})


def test_a_change_is_only_what_was_sent() -> None:
    assert ConnectorChange.model_validate({"bind_type": "PAIR"}).asked() == {"bind_type": "pair"}


def test_a_goips_profile_binds_each_line_by_itself() -> None:
    draft = ConnectorDraft.model_validate({**_GIVEN, "profile": "goip"})
    assert (draft.channel_selection, draft.channel_format, draft.window) == (
        "bind",
        "{system_id}{number:02}",
        1,
    )


def test_a_host_is_needed_unless_the_device_dials_in() -> None:
    nowhere = {name: value for name, value in _GIVEN.items() if name != "host"}
    assert ConnectorDraft.model_validate(nowhere | {"dials_in": True}).host == ""
    with pytest.raises(ValidationError, match="host is needed"):
        ConnectorDraft.model_validate(nowhere)


def test_who_asks_by_outbind_dials_in() -> None:
    asked = _GIVEN | {"outbind": True, "outbind_system_id": "smsc"}
    assert ConnectorDraft.model_validate(asked | {"dials_in": True}).outbind
    with pytest.raises(ValidationError, match="outbind needs dials_in"):
        ConnectorDraft.model_validate(asked)
