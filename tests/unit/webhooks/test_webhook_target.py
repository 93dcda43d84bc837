"""URLs taken apart: what is dialled, and what goes on the wire."""

import pytest

from smsc.webhooks.client.target import parse_target
from smsc.webhooks.outcome import Failure, WebhookFault


@pytest.mark.parametrize(
    ("written", "origin", "url"),
    [
        ("http://h.org", ("http", "h.org", 80), "http://h.org/"),
        ("https://h.org?a=b", ("https", "h.org", 443), "https://h.org/?a=b"),
        ("HTTPS://H.org:8443/A", ("https", "h.org", 8443), "https://H.org:8443/A"),
        ("http://h.org:80/", ("http", "h.org", 80), "http://h.org:80/"),
        ("http://u:p@h.org/x#rc=1", ("http", "h.org", 80), "http://h.org/x"),
        ("http://a@b@h.org/", ("http", "h.org", 80), "http://h.org/"),
        ("http://[2001:DB8::1]:81/", ("http", "2001:db8::1", 81), "http://[2001:DB8::1]:81/"),
        ("http://bücher.example/", ("http", "xn--bcher-kva.example", 80), None),
        ("http://h.org/ü b?q=é", ("http", "h.org", 80), "http://h.org/%C3%BC%20b?q=%C3%A9"),
        ("http://h.org/a%2fb|c?d=[1]", ("http", "h.org", 80), "http://h.org/a%2fb|c?d=[1]"),
        (" http://h.org/ ", ("http", "h.org", 80), "http://h.org/"),
        ("http://my_host/", ("http", "my_host", 80), "http://my_host/"),
    ],
)
def test_a_url_is_dialled_and_written_as(
    written: str, origin: tuple[str, str, int], url: str | None
) -> None:
    target = parse_target(written)
    assert target.origin == origin
    assert target.url == (url or f"http://{origin[1]}/")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "h.org/x",
        "//h.org/x",
        "file:///etc/passwd",
        "gopher://h.org/",
        "http://",
        "http:///path",
        "http://h.org:0/",
        "http://h.org:65536/",
        "http://h.org:x/",
        "http://h.org\\@evil.org/",
        "http://h org/",
        "http://-h.org/",
        "http://h.org/a\r\nX: y",
        "http://h.org/a\tb",
        "http://[::1",
        "http://[::1]x:80/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://" + "a" * 300 + ".org/",
        "http://h.org/" + "a" * 9000,
    ],
)
def test_what_is_no_web_address_is_refused(written: str) -> None:
    with pytest.raises(WebhookFault) as caught:
        parse_target(written)
    assert caught.value.failure is Failure.INVALID_URL


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("b", "http://h.org/a/b"),
        ("/b?c", "http://h.org/b?c"),
        ("//other.org/b", "http://other.org/b"),
        ("https://other.org", "https://other.org/"),
        ("?c=d", "http://h.org/a/x?c=d"),
    ],
)
def test_a_redirect_is_resolved(location: str, url: str) -> None:
    assert parse_target("http://h.org/a/x?y#z").redirected(location).url == url


def test_a_redirect_keeps_the_password_within_the_origin() -> None:
    target = parse_target("http://u:p@h.org/a")
    assert target.redirected("/b").base_url == "http://u:p@h.org/b"
    assert target.redirected("/b").authorization == target.authorization
    assert target.redirected("http://h.org:8080/").authorization is None
    assert target.redirected("https://h.org/").authorization is None


def test_a_query_is_added_behind_the_one_that_is_there() -> None:
    assert parse_target("http://h.org/a").with_query("b=c").path == "/a?b=c"
    assert parse_target("http://h.org/a?b").with_query("c=d").path == "/a?b&c=d"
    assert parse_target("http://h.org/a").with_query("").path == "/a"
