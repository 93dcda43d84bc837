"""The receipts of a SIM box: who gets one, when, and as what `deliver_sm`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from smsc.simulator.behaviour import Behaviour, Fate
from smsc.simulator.message_ids import spell
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import DeliverSm, SubmitSm, Tag
from smsc.sms.receipt import format_receipt
from smsc.sms.status import MessageState

_RECEIPT: Final = 0x04  # esm_class, SMPP 3.4 §5.2.12
_NETWORK_GSM: Final = 3  # of network_error_code, §5.3.2.31

_STATES: Final[dict[Fate, tuple[MessageState, ...]]] = {
    Fate.DELIVERED: (MessageState.DELIVERED,),
    Fate.UNDELIVERABLE: (MessageState.UNDELIVERABLE,),
    Fate.REJECTED: (MessageState.REJECTED,),
    Fate.EXPIRED: (MessageState.EXPIRED,),
    Fate.DELETED: (MessageState.DELETED,),
    Fate.NO_RECEIPT: (),
    Fate.ENROUTE_FIRST: (MessageState.ENROUTE, MessageState.DELIVERED),
}

# Why a phone can't be reached, as the MAP errors of 3GPP TS 29.002 number it.
_ERROR_CODES: Final = {
    MessageState.UNDELIVERABLE: 1,  # unknown subscriber
    MessageState.EXPIRED: 27,  # absent subscriber
    MessageState.REJECTED: 13,  # call barred
}


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A receipt that is to be sent; `remaining` states follow it, a delay each."""

    submit: Submit
    state: MessageState
    remaining: tuple[MessageState, ...] = ()


def first_receipt(submit: Submit, fate: Fate) -> DueReceipt | None:
    """Return the receipt that an accepted submit begins with; None if there is none.

    Bits 0 and 1 of registered_delivery: 0 asks for none, 1 for all, 2 for failures, 3 for
    successes. Who asks for failures or successes alone gets no ENROUTE.

    Source: SMPP 3.4 §5.2.17; SMPP 5.0 §4.7.21.
    """
    states = _STATES[fate]
    asked = submit.pdu.registered_delivery & 0b11
    if asked == 0:
        return None
    if asked > 1:
        is_wanted = (states[-1:] == (MessageState.DELIVERED,)) == (asked == 3)
        states = states[-1:] if is_wanted else ()
    return DueReceipt(submit, states[0], states[1:]) if states else None


def receipt_pdu(due: DueReceipt, behaviour: Behaviour, now: float) -> DeliverSm:
    """Make the `deliver_sm`; `now` is in seconds since the epoch.

    Source: SMPP 3.4 Appendix B, §5.3.2.12, §5.3.2.31, §5.3.2.35.
    """
    submit, state = due.submit, due.state
    pdu = submit.pdu
    style = behaviour.receipt_id_style
    message_id = submit.message_id if style is None else spell(submit.number, style)
    error_code = _ERROR_CODES.get(state, 0)
    tlvs: dict[int, bytes] = {}
    if behaviour.receipt_tlvs:
        tlvs[Tag.RECEIPTED_MESSAGE_ID] = message_id.encode("latin-1") + b"\0"
        tlvs[Tag.MESSAGE_STATE] = bytes((state,))
        if error_code:
            tlvs[Tag.NETWORK_ERROR_CODE] = bytes((_NETWORK_GSM, 0, error_code))
    return DeliverSm(
        service_type=pdu.service_type,
        source_addr_ton=pdu.dest_addr_ton,
        source_addr_npi=pdu.dest_addr_npi,
        source_addr=pdu.destination_addr,
        dest_addr_ton=pdu.source_addr_ton,
        dest_addr_npi=pdu.source_addr_npi,
        destination_addr=pdu.source_addr,
        esm_class=_RECEIPT,
        short_message=format_receipt(
            message_id,
            state,
            submit_at=datetime.fromtimestamp(submit.at, UTC),
            done_at=datetime.fromtimestamp(now, UTC),
            error_code=f"{error_code:03d}",
            text=_first_words(pdu),
        ),
        tlvs=tlvs,
    )


def _first_words(pdu: object) -> str:
    """Return what of the message stands in its receipt, when it reads as ASCII."""
    if not isinstance(pdu, SubmitSm) or pdu.data_coding != 0 or pdu.has_udh:
        return ""
    return pdu.short_message[:20].decode("ascii", "replace").replace("\0", " ")
