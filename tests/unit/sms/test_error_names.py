"""What an error of a message is called wherever it is told."""

from collections.abc import Iterator

import pytest

from smsc.errors import AccountNotActive, GatewayError, guard
from smsc.errors.messages import BalanceUsedUp
from smsc.messaging.accept import draft_rules, drafting, sources
from smsc.sms.error_names import error_name

UNKNOWN = "Unknown error"


def refusals() -> Iterator[type[GatewayError]]:
    """Yield what a message can be refused with, and so fail with when it was scheduled."""
    for module in (draft_rules, drafting, sources, guard):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, GatewayError):
                yield found
    yield from (AccountNotActive, BalanceUsedUp)


@pytest.mark.parametrize(
    "code", sorted({refusal.code for refusal in refusals()} - {GatewayError.code})
)
def test_what_a_message_is_refused_with_has_a_name(code: int) -> None:
    assert error_name(code) != UNKNOWN


def test_what_nobody_knows_is_an_unknown_error() -> None:
    assert error_name(30999) == error_name(30008) == UNKNOWN
