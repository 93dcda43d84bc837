"""Tells a message's way in plain words: what happened when, and why it waits or failed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from smsc.messaging.reading.journey import Attempt, Event, Journey, Place, SegmentJourney
from smsc.models import Direction
from smsc.provisioning.names import Names
from smsc.sms.command_status import reason
from smsc.sms.error_messages import error_message
from smsc.sms.status import MessageState, MessageStatus

_MOST_RAW_CHARACTERS: Final = 400
_TITLES: Final = {
    "receipt": "Receipt",
    "retried": "Refused for now; tried again",
    "in_doubt": "No answer: in doubt",
    "resubmitted": "Submitted again",
    "replaced": "Replaced",
}
_BAD: Final = frozenset({MessageStatus.FAILED.value, MessageStatus.UNDELIVERED.value, "in_doubt"})


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened."""

    at: datetime
    title: str
    detail: str = ""
    raw: str = ""
    is_bad: bool = False


def tell(traced: Journey, names: Names) -> list[Step]:
    """Return all that happened, in its order."""
    steps = [_begin(traced, names)]
    for segment in traced.segments:
        steps += _of_segment(segment, many=len(traced.segments) > 1)
    steps += [_of_event(event, many=len(traced.segments) > 1) for event in traced.events]
    steps += [_of_attempt(attempt) for attempt in traced.attempts]
    return sorted(steps, key=lambda step: step.at)


def why(traced: Journey) -> list[str]:
    """Say why a message waits or was not delivered; nothing if neither."""
    message = traced.message
    match message.status:
        case MessageStatus.SCHEDULED:
            return ["It waits for the time that it is scheduled for."]
        case MessageStatus.SENT:
            return [
                (
                    "The other side has taken it. Its receipt, which says whether it arrived, "
                    "has not come yet; some never send one."
                )
            ]
        case MessageStatus.QUEUED | MessageStatus.SENDING | MessageStatus.ACCEPTED:
            return sorted({_why_waiting(one) for one in traced.segments} - {""})
        case MessageStatus.FAILED | MessageStatus.UNDELIVERED:
            told = [] if message.error_code is None else [error_message(message.error_code)]
            return told + sorted({_why_failed(one) for one in traced.segments} - {""})
        case _:
            return []


def _begin(traced: Journey, names: Names) -> Step:
    message = traced.message
    connector = names.connectors.get(traced.connector_sid or "")
    if message.direction == Direction.INBOUND:
        return Step(message.created_at, "Received", f"by {connector}" if connector else "")
    noun = "segment" if message.num_segments == 1 else "segments"
    routed = f", routed to {connector}" if connector else ""
    return Step(message.created_at, "Accepted", f"{message.num_segments} {noun}{routed}")


def _of_segment(segment: SegmentJourney, *, many: bool) -> Iterator[Step]:
    which = f" of segment {segment.number}" if many else ""
    if segment.submitted_at is not None:
        yield Step(segment.submitted_at, f"submit_sm{which}")
    if segment.answered_at is not None and segment.command_status is not None:
        if segment.command_status < 0:
            yield Step(segment.answered_at, f"Given up{which}: no answer ever came", is_bad=True)
        else:
            said = reason(segment.command_status)
            known_as = f", message_id {segment.smsc_message_id}" if segment.smsc_message_id else ""
            yield Step(
                segment.answered_at,
                f"submit_sm_resp{which}",
                said + known_as,
                is_bad=segment.command_status != 0,
            )


def _of_event(event: Event, *, many: bool) -> Step:
    is_of_one = many and event.number is not None and event.event in _TITLES  # no status is
    which = f" of segment {event.number}" if is_of_one else ""
    title = _TITLES.get(event.event, event.event.capitalize())
    return Step(
        event.at, title + which, event.why or "", _legible(event.raw), is_bad=event.event in _BAD
    )


def _of_attempt(attempt: Attempt) -> Step:
    outcome = f"HTTP {attempt.http_status}" if attempt.http_status else "no answer"
    trouble = f": {attempt.error}" if attempt.error else ""
    code = f" (error {attempt.error_code})" if attempt.error_code else ""
    return Step(
        attempt.at,
        f"Webhook {attempt.event}",
        f"{attempt.url}: {outcome} after {attempt.duration_ms} ms{trouble}{code}",
        is_bad=attempt.error is not None or (attempt.http_status or 0) >= 400,
    )


def _why_waiting(segment: SegmentJourney) -> str:
    if segment.place is Place.IN_FLIGHT:
        return f"Segment {segment.number} was submitted; the other side has not answered yet."
    if segment.place is Place.QUEUED:
        what = segment.waiting_for or "its turn: others were queued before it"
        return f"Segment {segment.number} waits: {what}."
    return ""


def _why_failed(segment: SegmentJourney) -> str:
    if segment.command_status is not None and segment.command_status > 0:
        return f"Segment {segment.number} was refused with {reason(segment.command_status)}."
    if segment.message_state is not None and segment.message_state != MessageState.DELIVERED:
        known = segment.message_state in set(MessageState)
        state = MessageState(segment.message_state).name if known else segment.message_state
        error = f", error {segment.receipt_error}" if segment.receipt_error else ""
        return f"The receipt of segment {segment.number} says {state}{error}."
    return ""


def _legible(raw: bytes | None) -> str:
    if raw is None:
        return ""
    text = raw.decode("latin-1")
    shown = text if text.isprintable() else raw.hex(" ")
    cut = len(shown) > _MOST_RAW_CHARACTERS
    return shown[:_MOST_RAW_CHARACTERS] + ("…" if cut else "")
