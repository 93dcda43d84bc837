"""Where the simulator is that the commands talk to."""

from typing import Annotated

import typer

from smsc.cli.home import reachable_host
from smsc.cli.remote import read_demo
from smsc.settings import Settings
from smsc.simulator.client import SimulatorClient

SimulatorUrl = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="SMSC_SIMULATOR_URL",
        help="The simulator's HTTP API. Default: that of `smsc up`, else SMSC_SIMULATOR_HTTP_PORT.",
    ),
]


def simulator(url: str | None) -> SimulatorClient:
    """Return the simulator that the option, `smsc up` or the settings name."""
    if url is None:
        noted = read_demo().get("simulator_http_url")
        settings = Settings.read()
        here = f"http://{reachable_host(settings.bind)}:{settings.simulator_http_port}"
        url = noted if isinstance(noted, str) else here
    return SimulatorClient(url)
