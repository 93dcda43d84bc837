"""Connection overrides of a URL's fragment, and what they say after a try."""

import pytest

from smsc.webhooks.outcome import Failure, WebhookOutcome
from smsc.webhooks.overrides import Overrides, RetryOn, Verdict, judge, parse

DEFAULTS = Overrides()
ALL = frozenset(RetryOn)


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("", Overrides()),
        ("top", Overrides()),
        ("x=y", Overrides()),
        ("ct=100", Overrides(connect_seconds=0.1)),
        ("ct=10000&rt=15000&tt=15000", Overrides(connect_seconds=10.0)),
        ("rt=100&tt=250", Overrides(read_seconds=0.1, total_seconds=0.25)),
        ("rc=0", Overrides(retry_count=0)),
        (
            "rc=5&rp=5xx,rt",
            Overrides(retry_count=5, retry_on=frozenset({RetryOn("5xx"), RetryOn("rt")})),
        ),
        ("rp=all", Overrides(retry_on=ALL)),
        ("rp=4xx,all", Overrides(retry_on=ALL)),
        ("sni=y&e=ashburn", Overrides()),
    ],
)
def test_overrides_are_read(fragment: str, expected: Overrides) -> None:
    assert parse(fragment, DEFAULTS) == expected


@pytest.mark.parametrize(
    ("fragment", "code"),
    [
        ("ct=99", 11241),
        ("ct=10001", 11241),
        ("rt=15001", 11241),
        ("tt=0", 11241),
        ("rc=6", 11241),
        ("rc=-1", 11241),
        ("rc=", 11241),
        ("ct=1e3", 11241),
        ("ct=٣٠٠", 11241),
        ("ct=99999999999999999999", 11241),
        ("sni=maybe", 11241),
        ("rp=", 11243),
        ("rp=ct,never", 11243),
        ("rp=all,never", 11243),
    ],
)
def test_a_bad_override_leaves_the_default_and_a_warning(fragment: str, code: int) -> None:
    overrides = parse(fragment, DEFAULTS)
    assert overrides.warning is not None
    assert overrides.warning[0] == code
    assert overrides == Overrides(warning=overrides.warning)


def test_overrides_are_laid_over_the_defaults_of_the_installation() -> None:
    ours = Overrides(total_seconds=8.0)
    assert parse("ct=200", ours) == Overrides(connect_seconds=0.2, total_seconds=8.0)


def outcome(failure: Failure | None, status: int | None = None) -> WebhookOutcome:
    return WebhookOutcome("https://example.org/", failure=failure, status=status)


@pytest.mark.parametrize(
    ("failure", "status", "retried_on"),
    [
        (Failure.UNRESOLVED, None, {"ct"}),
        (Failure.UNCONNECTED, None, {"ct"}),
        (Failure.CONNECT_TIMED_OUT, None, {"ct"}),
        (Failure.TLS, None, {"ct"}),
        (Failure.READ_TIMED_OUT, None, {"rt"}),
        (Failure.CONNECTION_LOST, None, {"rt"}),
        (Failure.STATUS, 404, {"4xx"}),
        (Failure.STATUS, 503, {"5xx"}),
        (Failure.STATUS, 304, set()),
        (Failure.CERTIFICATE, None, set()),
        (Failure.ADDRESS_REFUSED, None, set()),
        (Failure.INVALID_URL, None, set()),
        (Failure.TOTAL_TIMED_OUT, None, set()),
        (Failure.PROTOCOL, None, set()),
        (Failure.REDIRECTS, None, set()),
        (Failure.TOO_LARGE, 200, set()),
        (Failure.BUSY, None, set()),
    ],
)
def test_a_failure_is_retried_under_its_own_policy_only(
    failure: Failure, status: int | None, retried_on: set[str]
) -> None:
    for policy in RetryOn:
        overrides = Overrides(retry_on=frozenset({policy}))
        verdict = judge(outcome(failure, status), overrides, tries=1, seconds_left=1.0)
        assert verdict is (Verdict.RETRY_NOW if policy in retried_on else Verdict.FAILED)


def test_retries_end_with_their_count() -> None:
    failed = outcome(Failure.UNCONNECTED)
    assert judge(failed, Overrides(), tries=1, seconds_left=1.0) is Verdict.RETRY_NOW
    assert judge(failed, Overrides(), tries=2, seconds_left=1.0) is Verdict.FAILED
    assert judge(failed, Overrides(retry_count=0), tries=1, seconds_left=1.0) is Verdict.FAILED


def test_retries_end_with_the_total_time() -> None:
    failed = outcome(Failure.UNCONNECTED)
    assert judge(failed, Overrides(), tries=1, seconds_left=0.0) is Verdict.FAILED


def test_what_the_server_took_is_delivered() -> None:
    taken = outcome(None, 204)
    assert judge(taken, Overrides(retry_on=ALL), tries=1, seconds_left=1.0) is Verdict.DELIVERED


def test_every_failure_has_a_code_of_twilio_s() -> None:
    assert {failure.code for failure in Failure} == {
        *(11100, 11200, 11205, 11206, 11210, 11215, 11220, 11237, 11750),
    }
