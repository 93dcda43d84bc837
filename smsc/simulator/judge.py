"""Decides which submits are accepted and what becomes of them; pure but for its seeded chance."""

from collections import deque
from random import Random
from typing import Final

from smsc.simulator.behaviour import Behaviour, Fate
from smsc.smpp.pdu import CommandStatus, DataSm, SubmitSm

_NO_DESTINATION: Final = CommandStatus.ESME_RINVDSTADR


class Judge:
    """One behaviour, applied; the throughput counts what was accepted, whoever sent it."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._random = Random(behaviour.seed)  # noqa: S311 chance that can be had again is wanted
        rate = behaviour.throughput
        # 7.5/s are seven in 0.93 s, 0.1/s is one in ten: exact, whatever the rate.
        self._most = None if rate is None else max(1, int(rate))
        self._period = 0.0 if rate is None or self._most is None else self._most / rate
        self._accepted_at: deque[float] = deque()

    def command_status(self, pdu: SubmitSm | DataSm, now: float, unanswered: int = 0) -> int:
        """Say how a submit is answered.

        `now` is in seconds of a monotonic clock; `unanswered` are the session's earlier submits
        that have no response yet.
        """
        behaviour = self._behaviour
        digits = pdu.destination_addr.removeprefix("+")
        if not digits or len(digits) < behaviour.shortest_destination:
            return _NO_DESTINATION
        if digits.startswith(behaviour.reject_prefixes) or digits.endswith(
            behaviour.reject_suffixes
        ):
            return behaviour.reject_status
        if any(tag in pdu.tlvs for tag in behaviour.reject_tlvs):
            return CommandStatus.ESME_ROPTPARNOTALLWD
        if behaviour.reject_rate and self._random.random() < behaviour.reject_rate:
            return behaviour.reject_status
        if behaviour.most_unanswered is not None and unanswered >= behaviour.most_unanswered:
            return behaviour.throttle_status
        if self._most is not None and not self._has_room(now):
            return behaviour.throttle_status
        return CommandStatus.ESME_ROK

    def fate(self, destination_addr: str) -> Fate:
        """Say what becomes of an accepted segment: by the longest ending that is listed."""
        found, longest = Fate.DELIVERED, 0
        for suffix, fate in self._behaviour.fates.items():
            if len(suffix) > longest and destination_addr.endswith(suffix):
                found, longest = fate, len(suffix)
        return found

    def _has_room(self, now: float) -> bool:
        accepted = self._accepted_at
        while accepted and accepted[0] <= now - self._period:
            accepted.popleft()
        if self._most is not None and len(accepted) >= self._most:
            return False
        accepted.append(now)
        return True
