"""Keeps messages to one recipient in their order, whatever a remote refuses for now."""

from collections.abc import Iterable, Sequence

from smsc.messaging.sending.dispatch import Claim
from smsc.routing.channels import Channel

Key = tuple[str, int]  # message_sid, number
Placed = tuple[Claim, Channel | None]  # a claimed segment and the channel that it goes by


class RecipientOrder:
    """What is unanswered to whom, what waits behind it, and what is on its way back to the queue.

    A refusal may hit a message and spare the next one to the same recipient: so the next one isn't
    written before the first is answered. And while a refused segment is on its way back into the
    queue, nothing is claimed that lies behind it.
    """

    def __init__(self) -> None:
        self._recipients: dict[Key, str] = {}  # of what is unanswered
        self._holders: dict[str, tuple[str, int]] = {}  # by recipient: message, unanswered of it
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

    def admit(self, placed: Sequence[Placed]) -> list[Placed]:
        """Return what may be written now, of these and of those that waited; keep the others.

        What is returned counts as unanswered from now on.
        """
        free: list[Placed] = []
        waiting: list[Placed] = []
        holders = self._holders
        for one in [*self._waiting, *placed] if self._waiting else placed:
            claim = one[0]
            message_sid, recipient = claim.message_sid, claim.to
            holder, unanswered = holders.get(recipient, (message_sid, 0))
            if holder != message_sid:
                waiting.append(one)
                continue
            holders[recipient] = (message_sid, unanswered + 1)
            self._recipients[message_sid, claim.number] = recipient
            free.append(one)
        self._waiting = waiting
        return free

    def take_waiting(self) -> list[Claim]:
        """Give up what waits: it is to go back."""
        waiting, self._waiting = self._waiting, []
        return [claim for claim, _ in waiting]

    def answered(self, key: Key) -> None:
        """Note an answer: what waited behind it may go."""
        recipient = self._recipients.pop(key, None)
        if recipient is None:
            return
        message_sid, unanswered = self._holders[recipient]
        if unanswered > 1:
            self._holders[recipient] = (message_sid, unanswered - 1)
        else:
            del self._holders[recipient]

    def goes_back(self, keys: Iterable[Key]) -> None:
        """Note what is, or may be, on its way back."""
        for key in keys:
            self.answered(key)
            self._going_back.add(key)

    def settled(self, keys: Iterable[Key]) -> None:
        """Note what is committed: it waits in the queue again, or never will."""
        self._going_back.difference_update(keys)
