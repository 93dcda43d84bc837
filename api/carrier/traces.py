"""What passes over a connector's binds, live, and what passed for one message."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.carrier.auth import Carrier, CarrierRoute, House
from smsc.errors import NotFound, ServiceUnavailable
from smsc.jobs import Sight
from smsc.messaging.tracing import kept_pdus
from smsc.messaging.tracing.kept_pdus import StoredPdu
from smsc.messaging.tracing.watching import watch
from smsc.provisioning import connectors
from smsc.provisioning.connectors import LiveConnector
from smsc.provisioning.transaction import reading
from smsc.smpp.description import Disclosure, describe
from smsc.sms.alphabet import Alphabet

router = APIRouter(route_class=CarrierRoute, tags=["traces"])

LONGEST_SECONDS: Final = 3600

Numbers = Annotated[bool, Query(description="whole numbers, not their last four digits")]
Bodies = Annotated[bool, Query(description="texts, not their lengths")]


class Lines(StreamingResponse):
    """A JSON object a line, as they come."""

    media_type = "application/x-ndjson"


class PduView(BaseModel):
    """A PDU of a message."""

    at: datetime
    direction: str
    connector_sid: str
    kept_until: datetime
    command: str
    command_status: str
    sequence_number: int
    octets: int
    malformed: str | None = None
    fields: dict[str, Any]

    @classmethod
    def of(cls, stored: StoredPdu, shown: Disclosure) -> "PduView":
        """Show a kept PDU."""
        return cls.model_validate(
            describe(stored.octets, shown, stored.default_alphabet)
            | {
                "at": stored.at,
                "direction": stored.direction,
                "connector_sid": stored.connector_sid,
                "kept_until": stored.expires_at,
            }
        )


class PdusView(BaseModel):
    """The PDUs of a message, in their order."""

    data: list[PduView]


@router.get("/connectors/{sid}/trace", response_class=Lines)
async def trace(
    house: House,
    carrier: Carrier,
    sid: str,
    seconds: Annotated[int, Query(ge=1, le=LONGEST_SECONDS)] = 60,
    *,
    numbers: Numbers = False,
    bodies: Bodies = False,
) -> Lines:
    """Watch what a connector's binds write and read: a JSON object a line, for some time.

    `event` is `watching` at first, `pdu` for each PDU, `quiet` while there is none, `end` at last.
    """
    async with reading(house.database) as db:
        live = await connectors.get(db, carrier, sid)
    _, redis_url, _ = house.settings.require_servers()
    seen = watch(
        house.confined, house.bells, house.vault, redis_url, sid, timedelta(seconds=seconds)
    )
    try:
        await anext(seen)
    except OSError as error:
        raise ServiceUnavailable(
            f"Redis, over which PDUs are shown, can't be reached ({error}). Try again."
        ) from error
    lines = _lines(live, seen, Disclosure(numbers=numbers, bodies=bodies))
    return Lines(lines)


@router.get("/messages/{sid}/pdus")
async def pdus(
    house: House, carrier: Carrier, sid: str, *, numbers: Numbers = False, bodies: Bodies = False
) -> PdusView:
    """Read the PDUs of a message; there are some if its connector's `pdu_hours` isn't 0."""
    stored = await kept_pdus.read(house.confined, carrier, sid)
    if stored is None:
        raise NotFound(sid)
    shown = Disclosure(numbers=numbers, bodies=bodies)
    return PdusView(data=[PduView.of(one, shown) for one in stored])


async def _lines(
    live: LiveConnector, seen: AsyncGenerator[Sight | None, None], shown: Disclosure
) -> AsyncIterator[bytes]:
    alphabet = Alphabet(live.connector.default_alphabet)
    yield _line("watching", {"name": live.connector.name, "state": live.state, "why": live.reason})
    why = "its time is over"
    try:
        async with aclosing(seen):
            async for sight in seen:
                if sight is None:
                    yield _line("quiet", {})
                else:
                    yield _line("pdu", _view(sight, shown, alphabet))
    except OSError as error:
        why = f"Redis, over which PDUs are shown, went away ({error})"
    yield _line("end", {"why": why})


def _view(sight: Sight, shown: Disclosure, alphabet: Alphabet) -> dict[str, object]:
    return {
        "at": sight.at,
        "direction": sight.direction,
        "bind": sight.bind,
        "missed": sight.missed,
        **describe(sight.pdu, shown, alphabet),
    }


def _line(event: str, facts: dict[str, object]) -> bytes:
    return orjson.dumps({"event": event, **facts}) + b"\n"
