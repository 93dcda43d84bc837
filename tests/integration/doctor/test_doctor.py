import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from smsc.doctor import (
    Outcome,
    Probe,
    Report,
    Target,
    examine,
    examine_with_smpplib,
    submit_directly,
)
from smsc.simulator import Behaviour, MessageIdStyle, SimBox
from smsc.smpp.pdu import CommandStatus

SOURCE, DESTINATION = "+14155552671", "+85512345678"
SYSTEM_ID, PASSWORD = "clinic", "right"
PROBE = Probe(source=SOURCE, destination=DESTINATION, receipt_within=timedelta(seconds=10))
QUICK = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(milliseconds=50))

ENGINES = pytest.mark.parametrize("engine", ["smsc", "smpplib"])


def target(
    port: int, password: str = PASSWORD, patience: timedelta = timedelta(seconds=10)
) -> Target:
    return Target(
        host="127.0.0.1", port=port, system_id=SYSTEM_ID, password=password, patience=patience
    )


async def examined(engine: str, whom: Target, probe: Probe | None = None) -> Report:
    if engine == "smsc":
        return await examine(whom, probe)
    return await asyncio.to_thread(examine_with_smpplib, whom, probe)


def words(report: Report, outcome: Outcome) -> str:
    found = [finding for finding in report.findings if finding.outcome is outcome]
    return "; ".join(f"{finding.step}: {finding.words}" for finding in found)


@ENGINES
async def test_a_healthy_remote_binds_answers_and_unbinds_each_way(engine: str) -> None:
    async with SimBox(system_id=SYSTEM_ID, password=PASSWORD) as box:
        report = await examined(engine, target(box.port))
        assert box.sessions == []
    assert report.healthy
    steps = [finding.step for finding in report.findings]
    for bind_type in ("transceiver", "transmitter", "receiver"):
        for step in ("Bind", "Link", "Unbind"):
            assert f"{step} as {bind_type}" in steps
    assert {finding.outcome for finding in report.findings} == {Outcome.OK}
    assert report.as_json()["engine"] == engine


@ENGINES
async def test_a_wrong_password_is_named(engine: str) -> None:
    async with SimBox(system_id=SYSTEM_ID, password=PASSWORD) as box:
        report = await examined(engine, target(box.port, "wrong"))
    assert not report.healthy
    assert "the password is wrong" in words(report, Outcome.FAILED)
    binds = [finding for finding in report.findings if finding.step.startswith("Bind")]
    assert len(binds) == 1, "more tries might lock the account"


@ENGINES
async def test_a_closed_port_is_named(engine: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        report = await examined(engine, target(unused.getsockname()[1]))
    assert not report.healthy
    assert "nothing listens there" in words(report, Outcome.FAILED)


@contextmanager
def mute_server() -> Iterator[int]:
    """Accept connections and never say anything."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@ENGINES
async def test_a_remote_that_says_nothing_is_given_up(engine: str) -> None:
    with mute_server() as port:
        report = await examined(engine, target(port, patience=timedelta(milliseconds=100)))
    assert not report.healthy
    assert "answer" in words(report, Outcome.FAILED)


async def test_an_unknown_host_is_named() -> None:
    nowhere = Target(host="nowhere.invalid", port=1, system_id=SYSTEM_ID, password=PASSWORD)
    report = await examine(nowhere)
    assert [finding.step for finding in report.findings] == ["Resolve"]
    assert not report.healthy


async def test_a_long_password_is_a_warning() -> None:
    async with SimBox() as box:
        report = await examine(target(box.port, "far too long"))
    assert report.healthy
    assert "more than 8 characters" in words(report, Outcome.WARNING)


@ENGINES
@pytest.mark.parametrize("text", ["hello", "x" * 300], ids=["one segment", "two segments"])
async def test_a_probe_arrives_and_its_receipts_are_found(engine: str, text: str) -> None:
    behaviour = Behaviour(
        receipt_delay=timedelta(0),
        receipt_retry=timedelta(milliseconds=50),
        receipt_id_style=MessageIdStyle.HEX,
    )
    probe = Probe(
        source=SOURCE, destination=DESTINATION, text=text, receipt_within=timedelta(seconds=10)
    )
    async with SimBox(behaviour) as box:
        report = await examined(engine, target(box.port), probe)
        assert [message.text for message in box.handset(DESTINATION).messages] == [text]
    assert report.healthy, report.findings
    assert words(report, Outcome.OK).count("Receipt: DELIVRD") == (2 if len(text) > 160 else 1)


@ENGINES
async def test_a_refused_probe_says_why(engine: str) -> None:
    behaviour = Behaviour(reject_suffixes=("8",), reject_status=CommandStatus.ESME_RINVSRCADR)
    async with SimBox(behaviour) as box:
        report = await examined(engine, target(box.port), PROBE)
    assert "ask which senders are allowed" in words(report, Outcome.FAILED)


@ENGINES
async def test_a_missing_receipt_is_told(engine: str) -> None:
    probe = Probe(
        source=SOURCE, destination=DESTINATION, receipt_within=timedelta(milliseconds=100)
    )
    async with SimBox(Behaviour(receipts=False)) as box:
        patient = target(box.port, patience=timedelta(seconds=1))
        report = await examined(engine, patient, probe)
    assert "Receipt" in words(report, Outcome.FAILED)


@ENGINES
async def test_messages_for_the_gateway_are_left_for_it(engine: str) -> None:
    async with SimBox(QUICK) as box:
        message = box.handset(DESTINATION).submit(SOURCE, "for the gateway")
        await examined(engine, target(box.port), PROBE)
        assert not message.is_settled


@pytest.mark.parametrize("text", ["hello {€}", "សួស្តី" * 30], ids=["GSM 7-bit", "long UCS-2"])
async def test_a_text_is_submitted_directly(text: str) -> None:
    async with SimBox(system_id=SYSTEM_ID, password=PASSWORD) as box:
        result = await asyncio.to_thread(
            submit_directly,
            "127.0.0.1",
            box.port,
            SYSTEM_ID,
            PASSWORD,
            SOURCE,
            DESTINATION,
            text,
        )
        assert result.accepted
        assert result.fault is None
        assert [one.message_id for one in result.segments] == [
            one.message_id for one in box.submits
        ]
        [message] = box.handset(DESTINATION).messages
        assert (message.sender, message.text) == (SOURCE, text)


async def test_a_direct_submit_that_is_refused_says_so() -> None:
    async with SimBox(Behaviour(reject_suffixes=("8",), reject_status=0x58)) as box:
        result = await asyncio.to_thread(
            submit_directly, "127.0.0.1", box.port, "a", "b", SOURCE, DESTINATION, "x" * 200
        )
    assert not result.accepted
    [segment] = result.segments
    assert (segment.number, segment.status, result.total) == (1, "ESME_RTHROTTLED", 2)
    assert "lower the connector's throughput" in segment.words


async def test_a_direct_submit_without_a_bind_says_why() -> None:
    async with SimBox(password=PASSWORD) as box:
        result = await asyncio.to_thread(
            submit_directly, "127.0.0.1", box.port, "a", "wrong", SOURCE, DESTINATION, "hello"
        )
    assert not result.accepted
    assert result.segments == ()
    assert "the password is wrong" in (result.fault or "")
