"""What is said of an incident: in English to programs, in their reader's language by mail."""

from collections.abc import Mapping
from typing import Any

from smsc.languages import gettext as _
from smsc.languages import said, speaking
from smsc.provisioning.letters import Letter


def title(kind: str, name: str, *, resolved: bool) -> str:
    """Say what began, or what is over, in a few words of the language that is spoken."""
    if kind == "connector_down":
        if resolved:
            return _("Connector %(name)s is back", name=name)
        return _("Connector %(name)s is down", name=name)
    name = name or _("all messages")
    if resolved:
        return _("Messages arrive again: %(name)s", name=name)
    return _("Fewer messages arrive: %(name)s", name=name)


def letter(email: str, language: str, incident: Mapping[str, Any], *, resolved: bool) -> Letter:
    """Write to somebody of an incident: what is known, and by which rule the mail was written."""
    with speaking(language) as spoken:
        subject = title(incident["kind"], incident["name"], resolved=resolved)
        return Letter(
            email,
            subject,
            [
                f"{subject}.",
                *_facts(incident, resolved=resolved),
                _("Rule: %(name)s.", name=incident["rule"]),
            ],
            language=spoken.code,
            direction=spoken.direction,
        )


def _facts(incident: Mapping[str, Any], *, resolved: bool) -> list[str]:
    if incident["kind"] == "connector_down" and not resolved:
        down = _("It has been down for %(minutes)s minutes.", minutes=incident["minutes"])
        reason = incident.get("reason")
        return [f"{down} {said(reason)}" if reason else down]
    if incident["kind"] == "delivery_rate" and incident.get("rate") is not None:
        return [
            _(
                "Of %(messages)s messages of the last %(minutes)s minutes %(rate)s %% had arrived "
                "after ten minutes; in the seven days before %(past_rate)s %%.",
                **{name: incident[name] for name in ("messages", "minutes", "rate", "past_rate")},
            )
        ]
    return []
