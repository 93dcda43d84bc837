"""The receipts of a connector as the Carrier API shows them."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.carrier.lists import ListView
from smsc.messaging.receiving.parking import Parked
from smsc.provisioning.connector_receipts import ReceiptHealth


class ReceiptHealthView(BaseModel):
    """How many receipts found their segment, and how they write its id."""

    matched: int
    unmatched: int
    hit_rate: float | None
    id_base: str | None
    ids: dict[str, int]

    @classmethod
    def of(cls, health: ReceiptHealth) -> "ReceiptHealthView":
        """Show a connector's counts."""
        return cls(
            matched=health.matched,
            unmatched=health.unmatched,
            hit_rate=health.hit_rate,
            id_base=health.id_base,
            ids={spelling.value: count for spelling, count in health.spellings.items()},
        )


class ParkedReceiptView(BaseModel):
    """A receipt whose segment is not known; `raw` in hex."""

    id: str
    state: Literal["waiting", "orphan"]
    source_addr: str
    destination_addr: str
    message_id: str | None
    stat: str
    err: str | None
    done_date: str | None
    raw: str
    date_received: datetime

    @classmethod
    def of(cls, parked: Parked) -> "ParkedReceiptView":
        """Show a parked receipt."""
        return cls.model_validate(
            asdict(parked)
            | {
                "id": str(parked.id),
                "state": "orphan" if parked.is_orphan else "waiting",
                "stat": parked.raw_state,
                "err": parked.error_code,
                "raw": parked.raw.hex(),
                "date_received": parked.received_at,
            }
        )


class ConnectorReceiptsView(ListView[ParkedReceiptView]):
    """A connector's counts, and a page of what is parked."""

    receipts: ReceiptHealthView
    waiting: int
    orphans: int
