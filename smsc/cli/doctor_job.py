"""Lets the gateway of a connector probe it, and shows what it finds as it does."""

import time
from typing import Any, Final, cast

from smsc.cli.doctor_report import Screen
from smsc.cli.remote import Api
from smsc.doctor import Outcome, Report
from smsc.doctor.asked import Asked

_POLL_SECONDS: Final = 0.3
_LONG_SECONDS: Final = 8.0
_OVER: Final = frozenset({"done", "failed"})


def probe(api: Api, connector_sid: str, asked: Asked, screen: Screen) -> Report:
    """Ask for the probe, follow it to its end, return its report."""
    path = f"/carrier/v1/connectors/{connector_sid}/probes"
    made = api.request("POST", path, body=asked.stored())
    screen.say(f"Probe {made['sid']}: the gateway rests the connector's binds, then begins …")
    shown, begun, is_told = 0, time.monotonic(), False
    while True:
        now = api.request("GET", f"{path}/{made['sid']}")
        said = cast("dict[str, Any]", now["report"])
        report = Report.read(said)
        for finding in report.findings[shown:]:
            screen.show(finding)
        shown = len(report.findings)
        if now["state"] in _OVER:
            break
        if now["state"] == "waiting" and not is_told and time.monotonic() > begun + _LONG_SECONDS:
            is_told = True
            screen.say("No gateway process has taken it yet. Is one running?")
        time.sleep(_POLL_SECONDS)
    if now["state"] == "failed":
        report.found = screen.show
        report.add("Probe", Outcome.FAILED, str(said.get("failure", "it failed")))
    return report
