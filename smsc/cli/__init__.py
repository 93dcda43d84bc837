"""`smsc`: the command line. Each command's module is imported when it is asked for."""

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import typer

from smsc.errors import GatewayError

# A command's module has `command`, a function, or `app`, a Typer with commands of its own.
COMMANDS: Final = {
    "up": ("smsc.cli.up", "Start everything here and keep it running until Ctrl-C."),
    "migrate": ("smsc.cli.migrate", "Bring the database up to this release."),
    "carrier": ("smsc.cli.carrier", "Carriers and their API keys."),
    "user": ("smsc.cli.user", "People who sign in to the dashboard."),
    "account": ("smsc.cli.account", "Accounts and their credentials."),
    "credential": ("smsc.cli.credential", "What customers' ESMEs bind with."),
    "key": ("smsc.cli.key", "API keys of accounts."),
    "number": ("smsc.cli.number", "Phone numbers."),
    "tariff": ("smsc.cli.tariff", "Prices and balances."),
    "connector": ("smsc.cli.connector", "Links to SIM boxes, gateways and SMSCs."),
    "channel": ("smsc.cli.channel", "SIMs and lines of a device: quotas, hours, use."),
    "route": ("smsc.cli.route", "Which connector a destination goes to."),
    "send": ("smsc.cli.send", "Send an SMS."),
    "simulate": ("smsc.cli.simulate", "A SIM box and its handsets, simulated."),
    "doctor": ("smsc.cli.doctor", "Probe a remote and say what is wrong."),
    "trace": ("smsc.cli.trace", "Watch what passes over a connector, PDU by PDU."),
    "webhook": ("smsc.cli.webhook", "Customers' servers that fail; webhooks once more."),
    "backup": ("smsc.cli.backup", "Write the database to a file, its texts' keys to another."),
    "restore": ("smsc.cli.restore", "Put a backup in the place of an empty database."),
    "purge": ("smsc.cli.purge", "Make unreadable everywhere what was redacted or deleted."),
    "export": ("smsc.cli.export", "Write all that an account has to a file."),
    "erase": ("smsc.cli.erase", "Delete what an account has of one handset."),
    "guard": ("smsc.cli.guard", "What the pumping guard would have stopped."),
    "rotate-key": ("smsc.cli.rotate_key", "Put a new secret key in the place of the old one."),
    "reset": ("smsc.cli.reset", "Throw away the state of `smsc up`."),
}


def main() -> None:
    """Run the command line; an expected failure is one line and exit code 1."""
    try:
        build(sys.argv[1:])()
    except GatewayError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)


def build(words: Sequence[str]) -> typer.Typer:
    """Return the command line in which the command that `words` ask for is loaded."""
    wanted = next((word for word in words if not word.startswith("-")), None)
    app = typer.Typer(
        name="smsc",
        help="Be your own Twilio for SMS.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # it would print local variables, secrets among them
    )
    app.callback()(_no_options)
    for name, (module_name, summary) in COMMANDS.items():
        if name != wanted:
            app.command(name, help=summary)(_not_loaded)
            continue
        module = importlib.import_module(module_name)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name, help=summary)
        else:
            app.command(name)(module.command)
    return app


def _no_options() -> None:
    """Keep `smsc` a group of commands, however many there are."""


def _not_loaded() -> None:
    """Stand in the list of commands for one whose module nobody asked for."""
