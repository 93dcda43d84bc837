"""Finds window, rate and who ends idle sessions with smpplib, as our own engine does; blocks."""

import time
from collections.abc import Callable
from datetime import timedelta

from smsc.doctor.idleness import report_idleness
from smsc.doctor.pace import Burst, RateSearch, WindowSearch
from smsc.doctor.pace_step import REST_SECONDS, conclude_rate, conclude_window
from smsc.doctor.report import Outcome, Report, Target
from smsc.doctor.smpplib_session import SessionEnded, SessionFault, SmpplibSession
from smsc.smpp.pdu import BindType

Send = Callable[[int, float | None], Burst]  # so many texts, at once or so many a second


def find_window(send: Send, most: int, report: Report) -> None:
    """Send 1, 2, 4 … texts at once, `most` in all; suggest the widest window that pays.

    Raises:
        SessionFault: the connection ended meanwhile.
    """
    search = WindowSearch(most)
    while (size := search.size) is not None:
        search.note(send(size, None))
        if search.size is not None:
            time.sleep(REST_SECONDS)
    conclude_window(search, report)


def find_rate(send: Send, most: int, report: Report) -> None:
    """Send `most` texts as fast as the remote takes them; suggest a throughput if it has a limit.

    Raises:
        SessionFault: the connection ended meanwhile.
    """
    search = RateSearch(most)
    while not search.is_over:
        search.note(send(search.round, search.rate))
        if not search.is_over:
            time.sleep(REST_SECONDS)
    conclude_rate(search, report)


def find_idleness(target: Target, bind_type: BindType, idle: timedelta, report: Report) -> None:
    """Stay bound without a word, and see who speaks or leaves first."""
    step, begun, asked = "Idle", 0.0, list[float]()

    def tell(ended_after: float | None) -> None:
        enquired_after = asked[0] - begun if asked else None
        report_idleness(idle, enquired_after=enquired_after, ended_after=ended_after, report=report)

    try:
        with SmpplibSession.bound(target, bind_type) as session:
            begun, asked = time.monotonic(), session.enquired_at
            session.attend(begun + idle.total_seconds())
            tell(None)
            step = "Unbind after idling"
        report.add(step, Outcome.OK, "Answered")
    except SessionFault as fault:
        if step != "Idle":
            report.add(step, Outcome.WARNING, str(fault))
        elif begun and isinstance(fault, SessionEnded):
            tell(time.monotonic() - begun)
        else:
            report.add(step, Outcome.FAILED, str(fault))
