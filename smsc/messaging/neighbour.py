"""What calls webhooks in the process that owes them: it may have new ones with their commit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from smsc.db import REFUSED
from smsc.messaging.statuses import Changed
from smsc.webhooks.delivery import Claimant, DueWebhook


class Neighbour(Protocol):
    """The webhooks part of this process."""

    def lend(self) -> Claimant | None:
        """Return who claims what a transaction owes; `take` or `lose` follows, whatever happens."""

    def take(self, webhooks: Sequence[DueWebhook]) -> None:
        """Deliver these: they are committed. None, if nothing was."""

    def lose(self) -> None:
        """Look for what may have been committed, though nobody knows."""


@contextmanager
def lending(neighbour: Neighbour | None, changed: Sequence[Changed]) -> Iterator[Claimant | None]:
    """Run the block, which is a whole transaction and fills `changed`, for a claimant, if any."""
    if neighbour is None:
        yield None
        return
    claimant = neighbour.lend()
    try:
        yield claimant
    except REFUSED:
        neighbour.take(())
        raise
    except BaseException:  # a cancel too: whether it was committed is not known
        neighbour.lose()
        raise
    neighbour.take([webhook for change in changed for webhook in change.claimed])
