"""SMPP over TLS, both ends ours: what is trusted, what is refused, and in which words."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from smsc.smpp.server import SmppServer
from smsc.smpp.tls import client_context
from tests.integration.smpp import certificates
from tests.integration.smpp.owners import Customer, Smsc, binding, bound, config, eventually


@asynccontextmanager
async def listening(folder: Path, client_ca: str | None = None) -> AsyncIterator[tuple[Smsc, int]]:
    """An SMSC with the certificate in the folder; yield it and its port."""
    smsc = Smsc()
    server: SmppServer[str, str] = SmppServer(smsc)
    context = certificates.server_context(folder, client_ca=client_ca)
    await server.start("127.0.0.1", 0, context)
    try:
        yield smsc, server.port
    finally:
        await server.stop(dt.timedelta(seconds=1))


async def test_messages_pass_through_tls(tmp_path: Path) -> None:
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    customer = Customer()
    async with (
        listening(tmp_path) as (_, port),
        bound(
            customer,
            config(port, throughput=10_000.0, ssl_context=client_context(authority)),
        ),
    ):
        customer.send(*[str(i) for i in range(30)])
        await eventually(lambda: len(customer.results) == 30)


async def test_a_certificate_that_is_not_trusted_is_said_so(tmp_path: Path) -> None:
    certificates.make(tmp_path, "127.0.0.1")
    async with (
        listening(tmp_path) as (smsc, port),
        binding(Customer(), config(port, ssl_context=client_context())) as esme,
    ):
        await eventually(lambda: "the remote's certificate is refused" in esme.reason)
    assert smsc.sessions == []


async def test_a_wrong_host_name_is_refused_and_named(tmp_path: Path) -> None:
    authority, _ = certificates.make(tmp_path, "smsc.example.org")
    async with (
        listening(tmp_path) as (smsc, port),
        binding(Customer(), config(port, ssl_context=client_context(authority))) as esme,
    ):
        await eventually(lambda: "127.0.0.1" in esme.reason)
    assert smsc.sessions == []


async def test_a_server_name_of_its_own_is_asked_for_and_checked(tmp_path: Path) -> None:
    authority, _ = certificates.make(tmp_path, "smsc.example.org")
    customer = Customer()
    context = client_context(authority)
    named = {"ssl_context": context, "tls_server_name": "smsc.example.org"}
    async with listening(tmp_path) as (_, port), bound(customer, config(port, **named)):
        customer.send("hello")
        await eventually(lambda: len(customer.results) == 1)


async def test_a_client_certificate_is_shown_to_a_remote_that_asks(tmp_path: Path) -> None:
    ours, key = certificates.make(tmp_path, "client.example.org")
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    customer = Customer()
    context = client_context(authority, ours, key)
    async with (
        listening(tmp_path, client_ca=ours) as (_, port),
        bound(customer, config(port, ssl_context=context)),
    ):
        customer.send("hello")
        await eventually(lambda: len(customer.results) == 1)


def test_texts_that_are_no_certificates_are_refused(tmp_path: Path) -> None:
    certificate, _ = certificates.make(tmp_path, "one")
    _, another_key = certificates.make(tmp_path, "two")
    with pytest.raises(ValueError, match="certificate authorities"):
        client_context("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    with pytest.raises(ValueError, match="pair"):
        client_context(None, certificate, another_key)


def test_the_same_texts_give_the_same_context_so_that_nothing_binds_anew(tmp_path: Path) -> None:
    authority, _ = certificates.make(tmp_path, "127.0.0.1")
    assert client_context(authority) is client_context(authority)
