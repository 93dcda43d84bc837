"""Tells a message's way in plain words: what happened when, and why it waits or failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.dashboard.languages import gettext as _
from api.dashboard.languages import ngettext, said
from api.dashboard.words import N_, word
from smsc.messaging.reading.journey import Attempt, Event, Journey, Place, SegmentJourney
from smsc.models import Direction
from smsc.provisioning.names import Names
from smsc.sms import receipt
from smsc.sms.command_status import reason
from smsc.sms.error_messages import error_sentence
from smsc.sms.status import MessageState, MessageStatus

_MOST_RAW_CHARACTERS: Final = 400
_TITLES: Final = {
    "receipt": N_("Receipt"),
    "retried": N_("Refused for now; tried again"),
    "in_doubt": N_("No answer: in doubt"),
    "resubmitted": N_("Submitted again"),
    "replaced": N_("Replaced"),
}
_BAD: Final = frozenset({MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value, "in_doubt"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    at: datetime
    title: str
    detail: str = ""
    raw: str = ""
    href: str = ""  # a page that has all of it
    is_bad: bool = False


def tell(traced: Journey, names: Names) -> list[Step]:
    """Return all that happened, in its order."""
    steps = [_begin(traced, names)]
    for segment in traced.segments:
        steps += _of_segment(segment, many=len(traced.segments) > 1)
    steps += [_of_event(event, many=len(traced.segments) > 1) for event in traced.events]
    steps += [_of_attempt(attempt, traced.message.sid) for attempt in traced.attempts]
    return sorted(steps, key=lambda step: step.at)


def why(traced: Journey) -> list[str]:
    """Say why a message waits or was not delivered; nothing if neither."""
    message = traced.message
    match message.status:
        case MessageStatus.SCHEDULED:
            return [_("It waits for the time that it is scheduled for.")]
        case MessageStatus.SENT:
            return [
                _(
                    "The other side has taken it. Its receipt, which says whether it arrived, "
                    "has not come yet; some never send one."
                )
            ]
        case MessageStatus.QUEUED | MessageStatus.SENDING | MessageStatus.ACCEPTED:
            return sorted({_why_waiting(one) for one in traced.segments} - {""})
        case MessageStatus.FAILED | MessageStatus.UNDELIVERED:
            told = [] if message.error_code is None else [fault(message.error_code)]
            return told + sorted({_why_failed(one) for one in traced.segments} - {""})
        case _:
            return []


def fault(code: int) -> str:
    """Say what the error of a message means."""
    known = error_sentence(code)
    return _("The message failed with error %(code)s.", code=code) if known is None else _(known)


def _begin(traced: Journey, names: Names) -> Step:
    message = traced.message
    connector = names.connectors.get(traced.connector_sid or "")
    if message.direction == Direction.INBOUND:
        by = _("by %(connector)s", connector=connector) if connector else ""
        return Step(message.created_at, _("Received"), by)
    if connector:
        detail = ngettext(
            "%(num)s segment, routed to %(connector)s",
            "%(num)s segments, routed to %(connector)s",
            message.num_segments,
            connector=connector,
        )
    else:
        detail = ngettext("%(num)s segment", "%(num)s segments", message.num_segments)
    return Step(message.created_at, _("Accepted"), detail)


def _of_segment(segment: SegmentJourney, *, many: bool) -> Iterator[Step]:
    number = segment.number if many else None
    if segment.submitted_at is not None:
        yield Step(segment.submitted_at, _of("submit_sm", number))
    if segment.answered_at is not None and segment.command_status is not None:
        if segment.command_status < 0:
            title = _of(_("Given up: no answer ever came"), number)
            yield Step(segment.answered_at, title, is_bad=True)
        else:
            why = said(reason(segment.command_status))
            known_as = f", message_id {segment.smsc_message_id}" if segment.smsc_message_id else ""
            yield Step(
                segment.answered_at,
                _of("submit_sm_resp", number),
                why + known_as,
                is_bad=segment.command_status != 0,
            )


def _of_event(event: Event, *, many: bool) -> Step:
    is_of_one = many and event.event in _TITLES  # no status is
    title = _(_TITLES[event.event]) if event.event in _TITLES else word(event.event).capitalize()
    return Step(
        event.at,
        _of(title, event.number if is_of_one else None),
        ", ".join(filter(None, (said(event.why or ""), _parsed(event.raw)))),
        _legible(event.raw),
        is_bad=event.event in _BAD,
    )


def _of(what: str, number: int | None) -> str:
    """Say of which segment something is, where there are several."""
    if number is None:
        return what
    return _("%(what)s (segment %(number)s)", what=what, number=number)


def _of_attempt(attempt: Attempt, message_sid: str) -> Step:
    outcome = f"HTTP {attempt.http_status}" if attempt.http_status else _("no answer")
    took = _(
        "%(url)s: %(outcome)s after %(ms)s ms",
        url=attempt.url,
        outcome=outcome,
        ms=attempt.duration_ms,
    )
    trouble = f": {said(attempt.error)}" if attempt.error else ""
    code = _(" (error %(code)s)", code=attempt.error_code) if attempt.error_code else ""
    return Step(
        attempt.at,
        _("Webhook %(event)s", event=word(attempt.event)),
        took + trouble + code,
        href=f"/webhooks/{message_sid}/{attempt.seq}",
        is_bad=attempt.error is not None or (attempt.http_status or 0) >= 400,
    )


def _why_waiting(segment: SegmentJourney) -> str:
    number = segment.number
    if segment.place is Place.IN_FLIGHT:
        return _(
            "Segment %(number)s was submitted; the other side has not answered yet.", number=number
        )
    if segment.place is Place.QUEUED:
        what = said(segment.waiting_for or "") or _("its turn: others were queued before it")
        return _("Segment %(number)s waits: %(what)s.", number=number, what=what)
    return ""


def _why_failed(segment: SegmentJourney) -> str:
    number = segment.number
    if segment.command_status is not None and segment.command_status > 0:
        why = said(reason(segment.command_status))
        return _("Segment %(number)s was refused with %(reason)s.", number=number, reason=why)
    if segment.message_state is not None and segment.message_state != MessageState.DELIVERED:
        known = segment.message_state in set(MessageState)
        state = MessageState(segment.message_state).name if known else segment.message_state
        if segment.receipt_error:
            return _(
                "The receipt of segment %(number)s says %(state)s, error %(error)s.",
                number=number,
                state=state,
                error=segment.receipt_error,
            )
        return _("The receipt of segment %(number)s says %(state)s.", number=number, state=state)
    return ""


def _parsed(raw: bytes | None) -> str:
    """Return what a receipt's text says beside its state and error, in the protocol's words."""
    if raw is None:
        return ""
    read = receipt.parse(raw)
    facts = (
        ("message_id", read.message_id),
        ("submit date", read.submit_date),
        ("done date", read.done_date),
    )
    return ", ".join(f"{name} {value}" for name, value in facts if value)


def _legible(raw: bytes | None) -> str:
    if raw is None:
        return ""
    text = raw.decode("latin-1")
    shown = text if text.isprintable() else raw.hex(" ")
    cut = len(shown) > _MOST_RAW_CHARACTERS
    return shown[:_MOST_RAW_CHARACTERS] + ("…" if cut else "")
