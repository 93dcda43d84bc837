"""How a simulated box answers what was submitted, and in which receipts it reports."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from smsc.simulator.behaviour.words import (
    ByState,
    Count,
    Octet,
    Seconds,
    Template,
    TlvTable,
    read_optional,
)
from smsc.simulator.message_ids import MessageIdStyle

# SMPP 3.4 Appendix B, with every field.
STANDARD_TEXT: Final = (
    "id:{id} sub:{sub} dlvrd:{dlvrd} submit date:{submit_10} done date:{done_10} "
    "stat:{stat} err:{err} text:{text}"
)


class ReceiptCarrier(StrEnum):
    """Where a receipt's text stands."""

    SHORT_MESSAGE = "short_message"
    MESSAGE_PAYLOAD = "message_payload"
    DATA_SM = "data_sm"  # a data_sm instead of a deliver_sm
    NONE = "none"  # in its TLVs alone


class ReceiptFor(StrEnum):
    """Which segments of a long message get receipts."""

    ALL = "all"
    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Answering:
    """The `submit_sm_resp`s."""

    response_delay: Annotated[Seconds, Field(description="seconds before each submit_sm_resp")] = (
        timedelta(0)
    )
    swallow_responses: Annotated[
        bool, Field(description="accept and deliver, but never answer a submit_sm")
    ] = False
    swallow_every: Annotated[Count, Field(description="each how many-th response is swallowed")] = (
        None
    )
    misnumber_every: Annotated[
        Count, Field(description="each how many-th response has a wrong sequence_number")
    ] = None
    double_responses: Annotated[bool, Field(description="each response comes twice")] = False
    reverse_responses: Annotated[
        bool, Field(description="what came in one read is answered in the reverse order")
    ] = False
    message_id_style: Annotated[
        MessageIdStyle, Field(description="how the response writes message_id")
    ] = MessageIdStyle.DECIMAL
    first_id: Annotated[
        Count, Field(description="the first message_id's number; none: at random")
    ] = None
    distinct_ids: Annotated[
        Count, Field(description="so many; then the ids are given again from the first one")
    ] = None


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Reporting:
    """The receipts."""

    receipts: Annotated[bool, Field(description="send receipts to those who ask for them")] = True
    receipt_delay: Annotated[
        Seconds, Field(description="seconds from the response to the receipt")
    ] = timedelta(milliseconds=200)
    receipt_before_response: Annotated[
        bool, Field(description="the first receipt overtakes its submit_sm_resp")
    ] = False
    receipt_enroute: Annotated[
        bool, Field(description="one that says ENROUTE comes before each final one")
    ] = False
    receipt_copies: Annotated[
        int, Field(ge=1, le=100, description="how often each receipt is sent")
    ] = 1
    receipt_for: Annotated[ReceiptFor, Field(description="of which segments of a long message")] = (
        ReceiptFor.ALL
    )
    receipt_id_style: Annotated[
        MessageIdStyle | None,
        BeforeValidator(read_optional),
        Field(description="how receipts write message_id; none: as the response"),
    ] = None
    receipt_text: Annotated[
        Template, Field(description="their text; {id} {stat} {err} and so on are filled in")
    ] = STANDARD_TEXT
    receipt_words: Annotated[
        ByState, Field(description="other words for {stat}, like UNDELIVERABLE:FAILED")
    ] = Field(default_factory=dict)
    receipt_errors: Annotated[
        ByState, Field(description="other codes for {err}, like UNDELIVERABLE:00B")
    ] = Field(default_factory=dict)
    receipt_tlvs: Annotated[
        bool, Field(description="receipted_message_id and message_state beside the text")
    ] = True
    receipt_network_error: Annotated[
        ByState, Field(description="network_error_code in ASCII, like UNDELIVERABLE:021")
    ] = Field(default_factory=dict)
    receipt_vendor_tlvs: Annotated[
        TlvTable, Field(description="more of them, like 0x1401:343536303100")
    ] = Field(default_factory=dict)
    receipt_carrier: Annotated[ReceiptCarrier, Field(description="where the text stands")] = (
        ReceiptCarrier.SHORT_MESSAGE
    )
    receipt_esm_class: Annotated[Octet, Field(description="their esm_class, like 0x04")] = 0x04
    receipt_data_coding: Annotated[Octet, Field(description="whatever the text is in")] = 0
    receipt_keeps_addresses: Annotated[
        bool, Field(description="source and destination stand as they were submitted")
    ] = False
    receipt_retry: Annotated[
        Seconds, Field(description="seconds before a refused deliver_sm is repeated")
    ] = timedelta(seconds=5)
