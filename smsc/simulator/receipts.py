"""The receipts of a SIM box: who gets one, when, and as what PDU."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from smsc.simulator.behaviour import Behaviour, Fate, ReceiptCarrier, ReceiptFor
from smsc.simulator.message_ids import spell
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import DataSm, DeliverSm, SubmitSm, Tag
from smsc.sms.concat import read_part
from smsc.sms.receipt import state_word
from smsc.sms.status import MessageState

_NETWORK_GSM: Final = 3  # of network_error_code, §5.3.2.31
_TEXT_OCTETS: Final = 20  # of the message, in its receipt

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

_DATES: Final = {"10": "%y%m%d%H%M", "12": "%y%m%d%H%M%S", "14": "%Y%m%d%H%M%S"}


@dataclass(frozen=True, slots=True)
class DueReceipt:
    """A receipt that is to be sent; `remaining` states follow it, a delay each."""

    submit: Submit
    state: MessageState
    remaining: tuple[MessageState, ...] = ()

    def following(self) -> "DueReceipt | None":
        """Return the one after it, if there is one."""
        if not self.remaining:
            return None
        return replace(self, state=self.remaining[0], remaining=self.remaining[1:])


def first_receipt(submit: Submit, fate: Fate, behaviour: Behaviour) -> DueReceipt | None:
    """Return the receipt that an accepted submit begins with; None if there is none.

    Bits 0 and 1 of registered_delivery: 0 asks for none, 1 for all, 2 for failures, 3 for
    successes. Who asks for failures or successes alone gets no ENROUTE.

    Source: SMPP 3.4 §5.2.17; SMPP 5.0 §4.7.21.
    """
    if not behaviour.receipts or not _is_reported(submit, behaviour.receipt_for):
        return None
    states = _STATES[fate]
    if behaviour.receipt_enroute and states and states[0] is not MessageState.ENROUTE:
        states = (MessageState.ENROUTE, *states)
    asked = submit.pdu.registered_delivery & 0b11
    if asked == 0:
        return None
    if asked > 1:
        is_wanted = (states[-1:] == (MessageState.DELIVERED,)) == (asked == 3)
        states = states[-1:] if is_wanted else ()
    return DueReceipt(submit, states[0], states[1:]) if states else None


def receipt_pdu(due: DueReceipt, behaviour: Behaviour, now: float) -> DeliverSm | DataSm:
    """Make the `deliver_sm`, or `data_sm`; `now` is in seconds since the epoch.

    Source: SMPP 3.4 Appendix B, §5.3.2.12, §5.3.2.31, §5.3.2.35.
    """
    submit = due.submit
    pdu = submit.pdu
    style = behaviour.receipt_id_style
    message_id = submit.message_id if style is None else spell(submit.number, style)
    body = _body(due, message_id, behaviour, now)
    tlvs = _tlvs(due.state, message_id, behaviour)
    carrier = behaviour.receipt_carrier
    if carrier in {ReceiptCarrier.MESSAGE_PAYLOAD, ReceiptCarrier.DATA_SM}:
        tlvs[Tag.MESSAGE_PAYLOAD] = body
    receipt = DeliverSm(
        service_type=pdu.service_type,
        source_addr_ton=pdu.source_addr_ton,
        source_addr_npi=pdu.source_addr_npi,
        source_addr=pdu.source_addr,
        dest_addr_ton=pdu.dest_addr_ton,
        dest_addr_npi=pdu.dest_addr_npi,
        destination_addr=pdu.destination_addr,
        esm_class=behaviour.receipt_esm_class,
        data_coding=behaviour.receipt_data_coding,
        short_message=body[:254] if carrier is ReceiptCarrier.SHORT_MESSAGE else b"",
        tlvs=tlvs,
    )
    if not behaviour.receipt_keeps_addresses:
        receipt = _turned(receipt)
    return _as_data_sm(receipt) if carrier is ReceiptCarrier.DATA_SM else receipt


def _is_reported(submit: Submit, which: ReceiptFor) -> bool:
    pdu = submit.pdu
    if which is ReceiptFor.ALL:
        return True
    part = read_part(pdu.message_octets, has_udh=pdu.has_udh, sar=pdu.sar)
    return part.number == (1 if which is ReceiptFor.FIRST else part.total)


def _body(due: DueReceipt, message_id: str, behaviour: Behaviour, now: float) -> bytes:
    submit, state = due.submit, due.state
    moments = {
        "submit": datetime.fromtimestamp(submit.at, UTC),
        "done": datetime.fromtimestamp(now, UTC),
    }
    dates = {
        f"{which}_{digits}": f"{at:{form}}"
        for which, at in moments.items()
        for digits, form in _DATES.items()
    }
    name = state.name
    fields = {
        "id": message_id,
        "sub": "001",
        "dlvrd": f"{state is MessageState.DELIVERED:03d}",
        "stat": behaviour.receipt_words.get(name) or state_word(state),
        "err": behaviour.receipt_errors.get(name) or f"{_ERROR_CODES.get(state, 0):03d}",
        "text": _first_words(submit),
        "raw": submit.pdu.message_octets[:_TEXT_OCTETS].decode("latin-1"),
    }
    return behaviour.receipt_text.format(**fields, **dates).encode("latin-1", "replace")


def _tlvs(state: MessageState, message_id: str, behaviour: Behaviour) -> dict[int, bytes]:
    tlvs: dict[int, bytes] = {}
    if behaviour.receipt_tlvs:
        tlvs[Tag.RECEIPTED_MESSAGE_ID] = message_id.encode("latin-1") + b"\0"
        tlvs[Tag.MESSAGE_STATE] = bytes((state,))
        if error_code := _ERROR_CODES.get(state):
            tlvs[Tag.NETWORK_ERROR_CODE] = bytes((_NETWORK_GSM, 0, error_code))
    if ascii_code := behaviour.receipt_network_error.get(state.name):
        tlvs[Tag.NETWORK_ERROR_CODE] = ascii_code.encode("latin-1", "replace")
    for tag, octets in behaviour.receipt_vendor_tlvs.items():
        tlvs[int(tag, 16)] = bytes.fromhex(octets)
    return tlvs


def _first_words(submit: Submit) -> str:
    """Return what of the message stands in its receipt, when it reads as ASCII."""
    pdu = submit.pdu
    if not isinstance(pdu, SubmitSm) or pdu.data_coding != 0 or pdu.has_udh:
        return ""
    words = pdu.short_message[:_TEXT_OCTETS].decode("ascii", "replace")
    return words.replace("\0", " ").replace("\ufffd", "?")


def _turned(receipt: DeliverSm) -> DeliverSm:
    """Return it with the handset as its source and the sender as its destination."""
    return replace(
        receipt,
        source_addr_ton=receipt.dest_addr_ton,
        source_addr_npi=receipt.dest_addr_npi,
        source_addr=receipt.destination_addr,
        dest_addr_ton=receipt.source_addr_ton,
        dest_addr_npi=receipt.source_addr_npi,
        destination_addr=receipt.source_addr,
    )


def _as_data_sm(receipt: DeliverSm) -> DataSm:
    return DataSm(
        service_type=receipt.service_type,
        source_addr_ton=receipt.source_addr_ton,
        source_addr_npi=receipt.source_addr_npi,
        source_addr=receipt.source_addr,
        dest_addr_ton=receipt.dest_addr_ton,
        dest_addr_npi=receipt.dest_addr_npi,
        destination_addr=receipt.destination_addr,
        esm_class=receipt.esm_class,
        data_coding=receipt.data_coding,
        tlvs=receipt.tlvs,
    )
