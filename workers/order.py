"""Keeps messages to one recipient in their order while a remote refuses some for now."""

from collections.abc import Iterable, Sequence

from smsc.messaging.sending.dispatch import Claim
from smsc.routing.channels import Channel

Key = tuple[str, int]  # message_sid, number
Placed = tuple[Claim, Channel | None]  # a claimed segment and the channel that it goes by


class RecipientOrder:
    """What is unanswered to whom, what waits behind it, and what is on its way back to the queue.

    While a bind is backed off, a refusal may hit a message and spare the next one to the same
    recipient: so the next one isn't written before the first is answered. And while a refused
    segment is on its way back into the queue, nothing is claimed that lies behind it.
    """

    def __init__(self) -> None:
        self._recipients: dict[Key, str] = {}  # of what is written and unanswered
        self._waiting: list[Placed] = []
        self._going_back: set[Key] = set()

    @property
    def has_waiting(self) -> bool:
        """Whether a claimed segment waits for an answer to an earlier message."""
        return bool(self._waiting)

    @property
    def is_going_back(self) -> bool:
        """Whether a segment is on its way back to its place in the queue."""
        return bool(self._going_back)

    def sort(self, placed: Sequence[Placed]) -> list[Placed]:
        """Return what may be written now, of these and of those that waited; keep the others."""
        first = {recipient: message for (message, _), recipient in self._recipients.items()}
        free: list[Placed] = []
        waiting: list[Placed] = []
        for one in [*self._waiting, *placed]:
            claim = one[0]
            is_first = first.setdefault(claim.to, claim.message_sid) == claim.message_sid
            (free if is_first else waiting).append(one)
        self._waiting = waiting
        return free

    def take_waiting(self) -> list[Claim]:
        """Give up what waits: it is to go back."""
        waiting, self._waiting = self._waiting, []
        return [claim for claim, _ in waiting]

    def written(self, claims: Iterable[Claim]) -> None:
        """Note what is unanswered from now on."""
        self._recipients.update(((one.message_sid, one.number), one.to) for one in claims)

    def answered(self, key: Key) -> None:
        """Note an answer: what waited behind it may go."""
        self._recipients.pop(key, None)

    def goes_back(self, keys: Iterable[Key]) -> None:
        """Note what is, or may be, on its way back."""
        for key in keys:
            self._recipients.pop(key, None)
            self._going_back.add(key)

    def settled(self, keys: Iterable[Key]) -> None:
        """Note what is committed: it waits in the queue again, or never will."""
        self._going_back.difference_update(keys)
