"""What a run of the bench was asked for."""

import argparse
from dataclasses import dataclass
from pathlib import Path

SETTLE_SECONDS = 600  # so long a sink lives, and so long the last callback is waited for
WARM_UP = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The arguments that every scenario may read."""

    messages: int = 5000
    connections: int = 16
    window: int = 100
    scheduled: int = 50_000
    bulk: int = 100_000
    idle: int = 1000
    receipt_delay: int = 0
    tools: Path | None = None

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Options":
        """Return those of a command line that `add_to` has prepared."""
        return cls(**{name: getattr(arguments, name) for name in cls.__slots__})

    @classmethod
    def add_to(cls, parser: argparse.ArgumentParser) -> None:
        """Add the arguments."""
        add = parser.add_argument
        add("--messages", type=int, default=5000, help="a run")
        add("--connections", type=int, default=16, help="of the client that sends")
        add("--window", type=int, default=100, help="of the connector")
        add("--scheduled", type=int, default=50_000, help="how many are due at one second")
        add("--bulk", type=int, default=100_000, help="how many recipients a bulk has")
        add("--idle", type=int, default=1000, help="how many connectors are idle")
        add("--receipt-delay", type=int, default=0, help="ms; of `path`, `statements` and `bulk`")
        add("--tools", type=Path, help="folder of the fast smscsink, webhooksink and load")
