"""Whom the doorman of the dashboard shuts out."""

from api.dashboard.doorman import Doorman


def test_failures_without_a_name_count_for_their_address_alone() -> None:
    doorman = Doorman()
    for _ in range(10):
        doorman.failed("", "192.0.2.1")
    assert not doorman.is_locked("", "192.0.2.2")
    for _ in range(10):
        doorman.failed("", "192.0.2.1")
    assert doorman.is_locked("", "192.0.2.1")


def test_failures_at_a_name_shut_it_out_wherever_they_come_from() -> None:
    doorman = Doorman()
    for last in range(5):
        doorman.failed("dara@clinic.example", f"192.0.2.{last}")
    assert doorman.is_locked("dara@clinic.example", "192.0.2.9")
    assert not doorman.is_locked("sok@clinic.example", "192.0.2.9")
