"""What the doctor finds out about remotes of different habits, and what it suggests to set."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from smsc.doctor import Outcome, Probe, Report, Step, Target, examine, examine_with_smpplib
from smsc.doctor.handset import simulated_handset
from smsc.simulator import Behaviour, MessageIdStyle, SimBox, profiles
from smsc.simulator.serving import serving_http
from smsc.smpp.pdu import Bind, BindType, CommandStatus
from smsc.smpp.server import Accepted, Refused
from smsc.smpp.tls import client_context
from smsc.sms.alphabet import Alphabet
from tests.integration.doctor.echo import echoing
from tests.integration.smpp import certificates

PATIENCE = timedelta(seconds=1)
SOURCE, DESTINATION = "+14155552671", "+85512345678"
ENGINES = pytest.mark.parametrize("engine", ["smsc", "smpplib"])
AT_ONCE = Behaviour(receipt_delay=timedelta(0), receipt_retry=timedelta(milliseconds=50))


def target(port: int, **fields: object) -> Target:
    facts: dict[str, object] = {"host": "127.0.0.1", "port": port, "system_id": "a"}
    return Target(**facts | {"password": "b"} | fields)  # type: ignore[arg-type]


def probe(*steps: Step, texts: int) -> Probe:
    return Probe(
        source=SOURCE,
        destination=DESTINATION,
        receipt_within=timedelta(seconds=10),
        steps=frozenset(steps),
        most_texts=texts,
    )


async def examined(
    engine: str, whom: Target, probe: Probe | None = None, idle: timedelta | None = None
) -> Report:
    if engine == "smsc":
        return await examine(whom, probe, idle=idle)
    return await asyncio.to_thread(examine_with_smpplib, whom, probe, idle=idle)


def words(report: Report, step: str) -> str:
    return "; ".join(one.words for one in report.findings if one.step == step)


def suggestions(report: Report) -> dict[str, object]:
    return {one.setting: one.value for one in report.suggestions}


@ENGINES
@pytest.mark.parametrize("alphabet", Alphabet)
async def test_the_alphabet_is_found_by_what_the_simulated_handset_shows(
    alphabet: Alphabet, engine: str
) -> None:
    behaviour = replace(AT_ONCE, alphabet=alphabet)
    async with SimBox(behaviour) as box, serving_http(box, 0) as url:
        handset = simulated_handset(url, DESTINATION)
        asked = probe(Step.ALPHABET, texts=8)
        if engine == "smsc":
            report = await examine(target(box.port), asked, handset=handset)
        else:
            report = await asyncio.to_thread(
                examine_with_smpplib, target(box.port), asked, handset=handset
            )
        assert len(box.submits) == 8
    assert report.healthy, report.findings
    assert suggestions(report)["default_alphabet"] == alphabet.value
    for name in "DEF":
        assert "arrived as it was sent" in words(report, f"Text {name}"), report.findings
    is_gsm7 = alphabet is Alphabet.GSM7
    assert ("arrived as it was sent" in words(report, "Text C")) is is_gsm7
    assert report.questions == []


async def test_without_a_handset_to_read_the_doctor_asks() -> None:
    async with SimBox(AT_ONCE) as box:
        report = await examine(target(box.port), probe(Step.ALPHABET, texts=8))
    assert [question.name for question in report.questions] == list("ABCDEF")
    assert "default_alphabet" not in suggestions(report)
    first = {reading.means: reading.text for reading in report.questions[0].readings}
    assert "1=¡ 2=¤" in first["gsm7",]
    again = Report.read(report.as_json())
    assert again.questions == report.questions


@ENGINES
async def test_never_more_texts_are_sent_than_allowed(engine: str) -> None:
    async with SimBox(AT_ONCE) as box:
        await examined(engine, target(box.port), probe(*Step, texts=3))
        assert len(box.submits) == 3
    async with SimBox(AT_ONCE) as box:
        await examined(engine, target(box.port))
        assert len(box.submits) == 0


async def test_hexadecimal_ids_with_decimal_receipts_are_told() -> None:
    behaviour = Behaviour(
        receipt_delay=timedelta(0),
        receipt_retry=timedelta(milliseconds=50),
        message_id_style=MessageIdStyle.HEX,
        receipt_id_style=MessageIdStyle.DECIMAL,
    )
    async with SimBox(behaviour) as box:
        report = await examine(target(box.port), probe(texts=1))
    assert report.healthy
    assert "in decimal, where the response was hexadecimal" in words(report, "Receipt ids")
    assert "TLVs receipted_message_id, message_state" in words(report, "Receipt dialect")


@ENGINES
async def test_a_throttled_rate_is_found_below_the_limit(engine: str) -> None:
    async with SimBox(Behaviour(receipts=False, throughput=4)) as box:
        sending = Probe(
            source=SOURCE,
            destination=DESTINATION,
            receipt_within=timedelta(milliseconds=10),
            steps=frozenset({Step.RATE}),
            most_texts=40,
        )
        report = await examined(engine, target(box.port, patience=PATIENCE), sending)
        assert len(box.submits) <= 40
    found = suggestions(report)["throughput"]
    assert isinstance(found, float)
    assert 1 <= found <= 4


@ENGINES
@pytest.mark.parametrize("status", ["ESME_RMSGQFUL", "ESME_RTHROTTLED"])
async def test_the_usable_window_ends_where_the_remote_refuses(status: str, engine: str) -> None:
    behaviour = Behaviour(
        receipts=False,
        most_unanswered=3,
        throttle_status=CommandStatus[status],
        response_delay=timedelta(milliseconds=100),
    )
    sending = Probe(
        source=SOURCE,
        destination=DESTINATION,
        receipt_within=timedelta(milliseconds=10),
        steps=frozenset({Step.WINDOW}),
        most_texts=20,
    )
    async with SimBox(behaviour) as box:
        report = await examined(engine, target(box.port, patience=PATIENCE), sending)
    assert suggestions(report)["window"] == 3
    assert "refused" in words(report, "Window")


async def test_a_remote_that_takes_pairs_alone_gets_its_receipts_read() -> None:
    async with PairsOnly(AT_ONCE) as box:
        report = await examine(target(box.port), probe(texts=1))
    assert suggestions(report)["bind_type"] == "pair"
    assert "DELIVRD" in words(report, "Receipt"), report.findings


@pytest.mark.parametrize("name", ["goip", "jasmin", "unmarked-receipts", "vonage", "odd-receipts"])
async def test_a_remote_of_a_known_kind_is_examined_to_the_end(name: str) -> None:
    async with SimBox(profiles.find(name).behaviour()) as box:
        report = await examine(target(box.port), probe(texts=1))
    assert words(report, "Receipt dialect"), report.findings
    if name == "unmarked-receipts":
        assert suggestions(report)["unmarked_receipts"] is True


async def test_texts_that_come_back_over_the_link_are_compared_by_themselves() -> None:
    async with echoing() as echo:
        report = await examine(target(echo.port), probe(Step.ALPHABET, texts=8))
    assert "arrived as it was sent" in words(report, "Text D"), report.findings
    assert "arrived as it was sent" in words(report, "Text E")
    # In the default alphabet the same octets came back: only a handset would tell.
    assert [question.name for question in report.questions] == ["A", "B"]
    assert "default_alphabet" not in suggestions(report)
    assert suggestions(report)["unmarked_receipts"] is True


@ENGINES
async def test_a_remote_that_ends_idle_sessions_is_to_be_asked_sooner(engine: str) -> None:
    async with echoing(idle=timedelta(milliseconds=300)) as echo:
        report = await examined(engine, target(echo.port), idle=timedelta(seconds=10))
    assert "ended the idle session" in words(report, "Idle")
    assert "enquire_link_seconds" in suggestions(report)


@ENGINES
async def test_a_session_that_stands_idle_is_told(engine: str) -> None:
    async with SimBox(AT_ONCE) as box:
        report = await examined(engine, target(box.port), idle=timedelta(milliseconds=200))
    assert words(report, "Idle") == "The session stood 0.2 s without a word of ours"
    assert words(report, "Unbind after idling") == "Answered"


class PairsOnly(SimBox):
    """A box that knows no transceiver."""

    async def authenticate(self, bind: Bind, peer: str) -> Accepted[str] | Refused:
        if bind.bind_type is BindType.TRANSCEIVER:
            return Refused(CommandStatus.ESME_RINVCMDID)
        return await super().authenticate(bind, peer)


async def test_the_bind_types_that_work_are_suggested() -> None:
    async with SimBox(AT_ONCE) as box:
        report = await examine(target(box.port))
    assert suggestions(report)["bind_type"] == "transceiver"


async def test_a_certificate_is_told_in_words(tmp_path: Path) -> None:
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    context = certificates.server_context(tmp_path)
    async with SimBox(AT_ONCE, ssl_context=context) as box:
        report = await examine(target(box.port, ssl_context=client_context(authority)))
        told = words(report, "TLS")
        assert report.healthy
        assert "TLSv1.3" in told
        assert "127.0.0.1" in told
        assert "(0 days)" in told
        refused = await examine(target(box.port, ssl_context=client_context()))
        second = await asyncio.to_thread(
            examine_with_smpplib, target(box.port, ssl_context=client_context())
        )
    assert not refused.healthy
    assert "the remote's certificate is refused" in words(refused, "TLS")
    assert second.healthy, "smpplib checks no certificate"


async def test_a_port_that_speaks_no_tls_is_named() -> None:
    async with SimBox() as box:
        plain = target(box.port, ssl_context=client_context(), patience=timedelta(seconds=5))
        report = await examine(plain)
    assert not report.healthy
    assert report.findings[-1].outcome is Outcome.FAILED
