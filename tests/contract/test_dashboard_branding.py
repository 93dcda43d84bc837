"""A carrier's name, colour, logo and hosts: checked when set, seen where its customers look."""

import asyncio
import base64
import struct
import zlib
from collections.abc import Iterator

import pytest
import requests

from api.dns_txt import DnsUnavailable, txt_records
from smsc.provisioning import colors
from smsc.provisioning.pictures import NoPicture, picture_of
from tests.contract.dashboard_browser import Browser, make_person
from tests.contract.dashboard_house import OTHER_CARRIER, House
from tests.contract.dns_server import dns_server

HOST = "sms.delta.example"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(side: int = 1, *extra: bytes) -> bytes:
    size = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff" * side) * side)
    chunks = (chunk(b"IHDR", size), *extra, chunk(b"IDAT", rows), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    with house.browser("carrier-owner") as browser:
        yield browser


def at_host(house: House, path: str, host: str = HOST) -> requests.Response:
    return requests.get(house.customer.api_url + path, headers={"Host": host}, timeout=10)


def test_a_name_and_a_colour_are_on_every_page_of_the_carriers_people(
    house: House, browser: Browser
) -> None:
    fields = {"brand_name": "Delta SMS", "brand_color": "#7A1F5C"}
    page = browser.post("/branding", page="/branding", **fields).text
    assert "<title>Branding · Delta SMS</title>" in page
    style = f"/brand/{house.customer.carrier_sid}/colors.css"
    assert f'href="{style}?v=7a1f5c"' in page
    assert "--lead:#7a1f5c;--lead-ink:#ffffff" in browser.get(style).text


def test_a_colour_that_cannot_be_read_is_refused_beside_its_field(browser: Browser) -> None:
    page = browser.post("/branding", page="/branding", brand_color="#ffee88")
    assert page.status_code == 400
    assert "too light to be read" in page.text


@pytest.mark.parametrize("color", ["#0b6b57", "#7a1f5c", "#000080", "#b00000"])
def test_a_colour_has_a_like_that_is_read_where_pages_are_dark(color: str) -> None:
    dark = colors.on_dark(color)
    assert colors.contrast(dark, colors.DARK) >= colors.LEAST_CONTRAST
    for shade in (color, dark):
        assert colors.contrast(shade, colors.ink_on(shade)) >= colors.LEAST_CONTRAST


def test_of_a_logo_nothing_is_kept_but_its_picture(house: House, browser: Browser) -> None:
    sent = png(4, chunk(b"tEXt", b"Comment\0<script>alert(1)</script>")) + b"<html>"
    browser.post("/branding/logo", page="/branding", png=base64.b64encode(sent).decode())
    path = f"/brand/{house.customer.carrier_sid}/logo.png"
    assert path in browser.get("/").text
    shown = browser.get(path)
    assert shown.headers["Content-Type"] == "image/png"
    assert shown.content == png(4)
    browser.post("/branding/logo", page="/branding", png="")
    assert browser.get(path).status_code == 404


@pytest.mark.parametrize(
    "octets",
    [b"", b"<svg/>", png()[:-6], png(1025), png()[:40] + b"x" + png()[41:], b"\0" * 70_000],
    ids=["nothing", "SVG", "cut", "too wide", "damaged", "too many octets"],
)
def test_what_is_no_small_png_is_refused(octets: bytes) -> None:
    with pytest.raises(NoPicture):
        picture_of(octets)


def test_a_host_is_the_carriers_once_the_dns_says_so(house: House, browser: Browser) -> None:
    browser.post("/branding/domains", page="/branding", host=HOST)
    claimed = house.carrier("GET", "/brand/domains").json()["data"][0]
    assert claimed["txt_name"] == f"_smsc.{HOST}"
    house.dns.texts = ["something else"]
    refused = browser.post("/branding/domains/verify", page="/branding", host=HOST)
    assert refused.status_code == 400
    assert "has no TXT record" in refused.text
    assert "Delta SMS" not in at_host(house, "/sign-in", "sms.other.example").text

    house.dns.texts = ["something else", claimed["token"]]
    browser.post("/branding/domains/verify", page="/branding", host=HOST)
    assert house.carrier("GET", "/brand/domains").json()["data"][0]["verified_at"] is not None
    assert "Delta SMS" in at_host(house, "/sign-in").text
    assert "<h1>Delta SMS: API</h1>" in at_host(house, "/docs").text
    for document in ("/openapi.json", "/carrier/v1/openapi.json"):
        assert at_host(house, document).json()["info"]["title"] == "Delta SMS: API"
        assert at_host(house, document, "127.0.0.1").json()["info"]["title"] == "smsc"
    assert "Delta SMS" not in at_host(house, "/sign-in", "127.0.0.1").text


def test_a_host_that_is_one_carriers_is_no_others(house: House) -> None:
    house.run(
        "INSERT INTO carrier_domains (host, carrier_sid, token) VALUES "
        f"('{HOST}', '{OTHER_CARRIER}', 'theirs')"
    )
    house.dns.texts = ["theirs"]
    with house.browser("stranger") as stranger:
        answer = stranger.post("/branding/domains/verify", page="/branding", host=HOST)
    assert answer.status_code == 409


def test_nobody_of_another_carrier_signs_in_by_a_carriers_host(house: House) -> None:
    make_person(house.customer.database_url, OTHER_CARRIER, "visitor@other.example")
    with Browser(house.customer.api_url) as visitor:
        visitor.come_by(HOST)
        assert visitor.sign_in("visitor@other.example").status_code == 401
    with Browser(house.customer.api_url) as visitor:
        assert visitor.sign_in("visitor@other.example").status_code == 200


def test_a_dns_server_that_is_silent_is_said_to_be() -> None:
    async def ask() -> None:
        with pytest.raises(DnsUnavailable):
            await txt_records("_smsc.a.example", ("127.0.0.1", 9))

    asyncio.run(ask())


def test_all_texts_of_a_name_are_read() -> None:
    with dns_server() as dns:
        dns.texts = ["one", "two"]
        host, _, port = dns.address.rpartition(":")
        assert list(asyncio.run(txt_records("_smsc.a.example", (host, int(port))))) == [
            "one",
            "two",
        ]
