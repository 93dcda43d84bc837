"""Turns what a SIM box would rightly answer into what its behaviour has it answer; pure."""

from collections.abc import Sequence
from dataclasses import replace

from smsc.simulator.behaviour import Behaviour
from smsc.simulator.submits import Submit
from smsc.smpp.pdu import DataSmResp, SubmitSm, SubmitSmResp

# Away from every number in flight: those count up from 1.
_ANOTHER_NUMBER = 0x40000000

Response = SubmitSmResp | DataSmResp


class Responses:
    """Counts the responses of a box, so that each how many-th can go wrong."""

    def __init__(self) -> None:
        self._made = 0

    def make(self, submits: Sequence[Submit], behaviour: Behaviour) -> list[Response]:
        """Return what is written for these submits of one session, in its order."""
        made: list[Response] = []
        for submit in submits:
            self._made += 1
            if _is_each(behaviour.swallow_every, self._made):
                continue
            response = _response(submit)
            if _is_each(behaviour.misnumber_every, self._made):
                number = response.sequence_number ^ _ANOTHER_NUMBER
                response = replace(response, sequence_number=number)
            made.extend([response] * (2 if behaviour.double_responses else 1))
        if behaviour.reverse_responses:
            made.reverse()
        return made


def _is_each(every: int | None, count: int) -> bool:
    return every is not None and count % every == 0


def _response(submit: Submit) -> Response:
    kind = SubmitSmResp if isinstance(submit.pdu, SubmitSm) else DataSmResp
    return kind(submit.pdu.sequence_number, submit.command_status, submit.message_id)
