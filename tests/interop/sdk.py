"""Twilio's Node SDK as a customer's program: which of the main flows come true."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.up import Up
from tests.interop.house import add_customer, add_number
from tests.interop.install import NPM_TWILIO, Tools
from tests.interop.peer import program

NAME = f"npm {NPM_TWILIO.replace('@', ' ')}"
_SCRIPT = Path(__file__).parent / "programs" / "twilio_flows.js"
_PATIENCE_SECONDS = 240.0  # each flow has its own patience within
_NUMBER, _POOLED, _FOR_SALE = "12025550171", "12025550172", "12025550173"
_HANDSETS = [f"+8551239{index}222" for index in range(8)]


def run_flows(up: Up, tools: Tools) -> Mapping[str, str]:
    """Return what went wrong in each flow, empty where nothing did.

    Raises:
        Missing: there is no Node.js, or npm can't install the SDK.
    """
    environment = {"TWILIO_PACKAGE": str(tools.npm_package(NPM_TWILIO))}
    customer = add_customer(up, NAME, _NUMBER)
    add_number(up, _POOLED, customer.account_sid)
    add_number(up, _FOR_SALE, None)
    facts = {
        "api_url": up.demo["api_url"],
        "simulator_url": up.demo["simulator_http_url"],
        "account_sid": customer.account_sid,
        "auth_token": customer.auth_token,
        "number": f"+{_NUMBER}",
        "pooled": f"+{_POOLED}",
        "for_sale": f"+{_FOR_SALE}",
        "handsets": _HANDSETS,
    }
    with program(["node", str(_SCRIPT), json.dumps(facts)], environment) as party:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not any(event["event"] == "end" for event in party.events):
            if time.monotonic() > deadline or party.ended:
                break
            time.sleep(0.1)
        found = {event["flow"]: event["fault"] for event in party.events if "flow" in event}
        is_whole = any(event["event"] == "end" for event in party.events)
    return found if is_whole else {**found, "all flows": "the program did not come to its end"}
