"""What one bind does at this moment, as its process knows it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Figures of one bind. Moments are seconds of the bind's monotonic clock."""

    bound_since: float | None = None
    heard_at: float | None = None  # the peer's latest PDU
    checked_at: float | None = None  # the latest enquire_link of ours that it answered
    window_in_use: int = 0
    window: int
    rate: float | None  # segments a second now; None: no limit but the window
    is_throttled: bool = False  # the peer refused the pace: it was cut, and grows back
    paused_seconds: float = 0.0  # its queue is full: so long nothing is sent
