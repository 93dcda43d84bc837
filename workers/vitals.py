"""Tells the database, every two seconds, what the connectors of this process do."""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog

from smsc.db import UNAVAILABLE, Database
from smsc.messaging.sending import vitals
from smsc.messaging.sending.leases import Lease
from smsc.messaging.sending.vitals import VitalsNote
from smsc.smpp.vitals import Vitals
from workers.pulse import pulse

log = structlog.get_logger()

EVERY_SECONDS: Final = 2.0


class Counts:
    """What went over a connector since it was last told."""

    __slots__ = ("accepted", "received", "refused")

    def __init__(self) -> None:
        self.accepted = self.refused = self.received = 0


class Told(Protocol):
    """A connector that is run, as far as it is told of."""

    lease: Lease
    counts: Counts

    def vitals(self) -> Sequence[Vitals]:
        """Return the figures of each bind."""


async def tell_on(database: Database, owner: str, runners: Mapping[str, Told]) -> None:
    """Tell what changed, until cancelled. A database that is away is told later."""
    told: dict[str, tuple[int, object]] = {}
    # Monotonic seconds as moments: one difference for all, else figures would seem to change.
    ahead = time.time() - time.monotonic()
    while True:
        notes = list(_changed(runners, told, ahead))
        counted = [(runners[one.lease.connector_sid].counts, one) for one in notes]
        try:
            if notes:
                await vitals.note(database, owner, notes)
        except UNAVAILABLE as error:
            log.warning("vitals.delayed", error=str(error))
        else:
            for counts, one in counted:
                counts.accepted -= one.accepted
                counts.refused -= one.refused
                counts.received -= one.received
                told[one.lease.connector_sid] = (one.lease.epoch, one.figures)
            for sid in told.keys() - runners.keys():
                del told[sid]
        await pulse(EVERY_SECONDS)


def _changed(
    runners: Mapping[str, Told], told: Mapping[str, tuple[int, object]], ahead: float
) -> Iterable[VitalsNote]:
    for sid, runner in runners.items():
        figures = [_figures(one, ahead) for one in runner.vitals()]
        counts = runner.counts
        has_counted = counts.accepted or counts.refused or counts.received
        if has_counted or told.get(sid) != (runner.lease.epoch, figures):
            yield VitalsNote(
                runner.lease, figures, counts.accepted, counts.refused, counts.received
            )


def _figures(one: Vitals, ahead: float) -> dict[str, object]:
    def moment(at: float | None) -> str | None:
        return None if at is None else datetime.fromtimestamp(round(at + ahead), UTC).isoformat()

    return {
        "bound_since": moment(one.bound_since),
        "heard_at": moment(one.heard_at),
        "checked_at": moment(one.checked_at),
        "window_in_use": one.window_in_use,
        "window": one.window,
        "rate": None if one.rate is None else round(one.rate, 2),
        "is_throttled": one.is_throttled,
        "paused_seconds": round(one.paused_seconds),
    }
