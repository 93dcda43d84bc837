"""How many webhooks a process has claimed and may still claim; pure."""

from collections import Counter
from typing import Final

from smsc.webhooks.delivery import DueWebhook

MOST_AT_ONCE: Final = 1000
MOST_CLAIMED: Final = 2000  # those, too, that are told, and whose result is not committed yet


class Places:
    """What one process knows of its claims.

    What is told waits for its commit with others, and takes nobody's place meanwhile.
    """

    def __init__(self) -> None:
        self.claimed: set[tuple[str, int]] = set()  # message_sid, ordinal
        self._under_way: set[tuple[str, int]] = set()  # of these, what is not told yet
        self._held: Counter[str] = Counter()  # of what is under way, by account

    @property
    def room(self) -> int:
        """How many more may be claimed."""
        return min(MOST_AT_ONCE - len(self._under_way), MOST_CLAIMED - len(self.claimed))

    def busy_accounts(self, room: int) -> list[str]:
        """Return those that hold enough: as much as is free for the others."""
        return [sid for sid, count in self._held.items() if count >= room]

    def take(self, webhook: DueWebhook) -> None:
        """Note what was claimed."""
        self._held[webhook.account_sid] += 1
        self.claimed.add((webhook.message_sid, webhook.ordinal))
        self._under_way.add((webhook.message_sid, webhook.ordinal))

    def free(self, webhook: DueWebhook) -> None:
        """Give the place of what is told to another."""
        key = webhook.message_sid, webhook.ordinal
        if key not in self._under_way:
            return
        self._under_way.discard(key)
        self._held[webhook.account_sid] -= 1
        if not self._held[webhook.account_sid]:
            del self._held[webhook.account_sid]

    def let_go(self, webhook: DueWebhook) -> None:
        """Forget what is committed, or whose claim will run out."""
        self.free(webhook)
        self.claimed.discard((webhook.message_sid, webhook.ordinal))
