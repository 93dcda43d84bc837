from datetime import timedelta

from smsc.smpp.timers import SessionTimers, Tick, TimerSettings


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


SETTINGS = TimerSettings(
    session_init=seconds(10),
    enquire_link=seconds(30),
    enquire_link_response=seconds(5),
)


def bound_at(now: float, settings: TimerSettings = SETTINGS) -> SessionTimers:
    timers = SessionTimers(settings, now)
    timers.opened(now)
    timers.bound(now)
    return timers


def test_a_connection_that_does_not_bind_is_dropped_when_session_init_runs_out() -> None:
    timers = SessionTimers(SETTINGS, 0)
    timers.opened(100)
    timers.heard(109)
    assert timers.tick(109.9) is Tick.IDLE
    assert timers.next_at() == 110
    assert timers.tick(110) is Tick.DROP_UNBOUND


def test_enquire_link_is_asked_only_after_silence() -> None:
    timers = bound_at(0)
    timers.heard(20)
    assert timers.tick(49) is Tick.IDLE
    assert timers.next_at() == 50
    assert timers.tick(50) is Tick.ENQUIRE_LINK


def test_enquire_link_is_asked_once_a_silence() -> None:
    timers = bound_at(0)
    assert [timers.tick(30), timers.tick(31)] == [Tick.ENQUIRE_LINK, Tick.IDLE]


def test_a_peer_that_stays_silent_is_dropped() -> None:
    timers = bound_at(0)
    timers.tick(30)
    assert timers.next_at() == 35
    assert timers.tick(35) is Tick.DROP_SILENT


def test_anything_heard_after_the_question_is_an_answer() -> None:
    timers = bound_at(0)
    timers.tick(30)
    timers.heard(34)
    assert timers.tick(35) is Tick.IDLE
    assert timers.tick(64) is Tick.ENQUIRE_LINK


def test_a_session_without_messages_is_inactive_though_its_link_is_alive() -> None:
    timers = bound_at(0, TimerSettings(enquire_link=seconds(30), inactivity=seconds(100)))
    timers.message(50)
    timers.heard(149)
    assert timers.tick(149) is Tick.IDLE
    assert timers.next_at() == 150
    assert timers.tick(150) is Tick.DROP_INACTIVE


def test_without_an_inactivity_timer_an_idle_session_stays() -> None:
    timers = bound_at(0)
    timers.heard(1_000_000)
    assert timers.tick(1_000_001) is Tick.IDLE
