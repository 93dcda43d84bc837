"""Remembers which requests are written and unanswered, and numbers them."""

from typing import Generic, TypeVar

FIRST_SEQUENCE_NUMBER = 1
LAST_SEQUENCE_NUMBER = 0x7FFFFFFF  # SMPP 3.4 §5.1.4

K = TypeVar("K")


class Window(Generic[K]):
    """At most `size` requests in flight, each under its sequence number with its owner's key.

    Deadlines have to be put in rising order (one clock, one response timer), so that the oldest
    entry is always the first to expire.
    """

    __slots__ = ("_in_flight", "_last", "popped_deadline", "size")

    def __init__(self, size: int, last: int = 0) -> None:
        if size < 1:
            raise ValueError(f"a window of {size} lets nothing through")
        self.size = size
        self._last = last
        self._in_flight: dict[int, tuple[K, float]] = {}
        self.popped_deadline = 0.0  # of what `pop` took out last

    def __len__(self) -> int:
        return len(self._in_flight)

    @property
    def free(self) -> int:
        """How many more requests may be written."""
        return self.size - len(self._in_flight)

    def next_sequence_number(self) -> int:
        """Return the next number: rising, wrapping, skipping those in flight."""
        while True:
            self._last = (
                self._last + 1 if self._last < LAST_SEQUENCE_NUMBER else FIRST_SEQUENCE_NUMBER
            )
            if self._last not in self._in_flight:
                return self._last

    def put(self, sequence_number: int, key: K, deadline: float) -> None:
        """Enter a request that is about to be written.

        Raises:
            ValueError: the window is full, or the number is in flight.
        """
        if len(self._in_flight) >= self.size or sequence_number in self._in_flight:
            raise ValueError(f"no place in the window for {sequence_number}")
        self._in_flight[sequence_number] = (key, deadline)

    def __contains__(self, sequence_number: int) -> bool:
        return sequence_number in self._in_flight

    def pop(self, sequence_number: int) -> K:
        """Take out the request that was answered, and return its key.

        Raises:
            KeyError: nothing of that number is in flight.
        """
        key, self.popped_deadline = self._in_flight.pop(sequence_number)
        return key

    def expired(self, now: float) -> list[K]:
        """Take out the requests whose deadline has come, the oldest first."""
        late: list[int] = []
        for sequence_number, (_, deadline) in self._in_flight.items():
            if deadline > now:
                break
            late.append(sequence_number)
        return [self.pop(sequence_number) for sequence_number in late]

    def drain(self) -> list[K]:
        """Take out all requests, the oldest first."""
        keys = [key for key, _ in self._in_flight.values()]
        self._in_flight.clear()
        return keys

    def next_deadline(self) -> float | None:
        """Return when the oldest request expires; None when nothing is in flight."""
        for _, deadline in self._in_flight.values():
            return deadline
        return None
