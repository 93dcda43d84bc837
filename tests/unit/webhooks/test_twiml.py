"""The answers to an inbound message that we understand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.twiml.messaging_response import MessagingResponse

from smsc.webhooks.outcome import Method
from smsc.webhooks.twiml import MessageVerb, RedirectVerb, TwimlDocument, parse

BASE = "https://example.org/app/sms?x=1"


def xml(inner: str) -> TwimlDocument:
    return parse("text/xml", f"<Response>{inner}</Response>".encode(), BASE)


def codes(document: TwimlDocument) -> list[int]:
    return [warning.code for warning in document.warnings]


@pytest.mark.parametrize(
    ("inner", "verbs"),
    [
        ("", ()),
        ("<Message>Hi</Message>", (MessageVerb("Hi"),)),
        ("<Sms>Hi</Sms>", (MessageVerb("Hi"),)),
        ("<Message>\n  Hi &amp; bye\n</Message>", (MessageVerb("Hi & bye"),)),
        ("<Message><![CDATA[<b>]]></Message>", (MessageVerb("<b>"),)),
        ("<Message>a<!-- c -->b</Message>", (MessageVerb("ab"),)),
        ("<Message> <Body> Hi </Body> </Message>", (MessageVerb("Hi"),)),
        (
            '<Sms to="+1" from=" Shop " action="/cb" method="get" statusCallback="s">x</Sms>',
            (
                MessageVerb(
                    "x",
                    to="+1",
                    from_="Shop",
                    action="https://example.org/cb",
                    method=Method.GET,
                    status_callback="https://example.org/app/s",
                ),
            ),
        ),
        (
            "<Message><Body>x</Body><Media>/a.png</Media><Media>http://m.org/b</Media></Message>",
            (MessageVerb("x", media=("https://example.org/a.png", "http://m.org/b")),),
        ),
        (
            "<Message><Media>/a.png</Media></Message>",
            (MessageVerb("", media=("https://example.org/a.png",)),),
        ),
        (
            '<Message>1</Message><Redirect method="GET">next</Redirect><Message>2</Message>',
            (MessageVerb("1"), RedirectVerb("https://example.org/app/next", Method.GET)),
        ),
        ("<Redirect/>", (RedirectVerb(BASE),)),
    ],
)
def test_verbs_are_read_in_order(inner: str, verbs: tuple[object, ...]) -> None:
    document = xml(inner)
    assert document.verbs == verbs
    assert document.error is None


@pytest.mark.parametrize(
    ("inner", "expected", "bodies"),
    [
        ("<Foo/><Message>x</Message>", [12200], ["x"]),
        ("<Say>x</Say><Message>y</Message>", [14110], ["y"]),
        ('<Message colour="red">x</Message>', [12200], ["x"]),
        ('<Message method="PUT">x</Message>', [14104], ["x"]),
        ('<Message action="http://[/">x</Message>', [14105], ["x"]),
        ('<Message statusCallback="mailto:a@b">x</Message>', [14105], ["x"]),
        ("<Message> </Message>", [14103], []),
        ("<Message><Body/></Message><Message>x</Message>", [14103], ["x"]),
        ("<Message>loose<Body>x</Body></Message>", [12200], ["x"]),
        ("<Message>Hi <b>there</b> you</Message>", [12200], ["Hi  you"]),
        ("<Message>x</Message>" * 12, [14109], ["x"] * 10),
        ("<message>x</message>", [12200], []),
    ],
)
def test_what_is_not_known_is_skipped_with_a_warning(
    inner: str, expected: list[int], bodies: list[str]
) -> None:
    document = xml(inner)
    assert codes(document) == expected
    assert [verb.body for verb in document.verbs if isinstance(verb, MessageVerb)] == bodies
    assert document.error is None


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/xml", b"<Response>", 12100),
        ("text/xml", b"hello", 12100),
        ("text/html", b"<!DOCTYPE html><html><br></html>", 12100),
        ("application/xml", b"<Resp/>", 12102),
        ("application/xml", b"<response/>", 12102),
        ("application/json", b"{}", 12300),
        (None, b"<Response/>", 12300),
        ("text/plain", b"x" * 65_537, 11750),
        ("text/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><Response>&b;</Response>', 12100),
        ("text/xml", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Response/>', 12100),
        ("text/xml", b'<?xml version="1.0" encoding="no-such"?><Response/>', 12100),
        ("text/xml", b"<Response><Message>\xff</Message></Response>", 12100),
        ("text/xml", b"<Response><Message>\x00</Message></Response>", 12100),
    ],
)
def test_a_document_that_cannot_be_read_is_an_error(
    content_type: str | None, body: bytes, code: int
) -> None:
    document = parse(content_type, body, BASE)
    assert document.error is not None
    assert document.error[0] == code
    assert document.verbs == ()


def test_a_redirect_to_nowhere_is_an_error_after_the_messages_before_it() -> None:
    document = xml("<Message>x</Message><Redirect>ftp://example.org</Redirect>")
    assert document.error is not None
    assert document.error[0] == 11100
    assert document.verbs == (MessageVerb("x"),)


@pytest.mark.parametrize("content_type", [None, "application/json", "text/xml", "text/plain"])
@pytest.mark.parametrize("body", [b"", b" \r\n"])
def test_an_empty_answer_asks_for_nothing(content_type: str | None, body: bytes) -> None:
    assert parse(content_type, body, BASE) == TwimlDocument()


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", b"Hello\n", "Hello"),
        ("Text/Plain; charset=ISO-8859-1", b"caf\xe9", "café"),
        ("text/plain; charset=utf-8", "ខ្មែរ".encode(), "ខ្មែរ"),
        ("text/plain", b"\xef\xbb\xbfHello", "Hello"),
        ("text/plain; charset=punycode", b"Hello", "Hello"),
        ("text/plain; charset=no-such", b"a\xffb", "a\N{REPLACEMENT CHARACTER}b"),
        ("text/plain", b"<Response/>", "<Response/>"),
    ],
)
def test_plain_text_is_one_reply(content_type: str, body: bytes, text: str) -> None:
    assert parse(content_type, body, BASE).verbs == (MessageVerb(text),)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/xml; charset=utf-8", "<Response><Message>é</Message></Response>".encode()),
        (
            "text/xml; charset=latin-1",
            "<Response><Message>é</Message></Response>".encode("latin-1"),
        ),
        (
            "text/xml",
            '<?xml version="1.0" encoding="ISO-8859-1"?><Response><Sms>é</Sms></Response>'.encode(
                "latin-1"
            ),
        ),
        (
            "text/html; charset=utf-8",
            '<?xml version="1.0" encoding="UTF-16"?><Response><Sms>é</Sms></Response>'.encode(),
        ),
        ("text/xml", "<Response><Sms>é</Sms></Response>".encode("utf-16")),
        ("text/xml", "\n <?xml version='1.0'?><Response><Sms>é</Sms></Response>".encode()),
        (
            "text/xml",
            '<Response xmlns="http://t.org/x" xmlns:i="u" i:a="b"><Sms>é</Sms></Response>'.encode(),
        ),
    ],
    ids=["utf-8", "latin-1", "declared", "header first", "utf-16", "blank line", "namespace"],
)
def test_a_document_is_read_in_its_charset(content_type: str, body: bytes) -> None:
    assert parse(content_type, body, BASE).verbs == (MessageVerb("é"),)


def test_documents_of_twilio_s_sdk_are_read() -> None:
    response = MessagingResponse()
    message = response.message("Hello", to="+15005550006", status_callback="/status")
    message.media("https://example.org/a.png")
    response.redirect("/next", method="GET")
    document = parse("application/xml", str(response).encode(), BASE)
    assert document.error is None
    (reply, redirect) = document.verbs
    assert isinstance(reply, MessageVerb)
    assert (reply.body, reply.to) == ("Hello", "+15005550006")
    assert reply.status_callback == "https://example.org/status"
    assert reply.media == ("https://example.org/a.png",)
    assert redirect == RedirectVerb("https://example.org/next", Method.GET)


@settings(max_examples=300)
@given(
    content_type=st.one_of(
        st.none(), st.sampled_from(["text/xml", "text/plain", "text/html; charset=utf-16"])
    ),
    body=st.one_of(
        st.binary(max_size=200),
        st.text("<>/ResponMg&;=\"' !?[]-", max_size=60).map(str.encode),
        st.text(st.characters(codec="utf-8"), max_size=30).map(
            lambda text: f"<Response><Message>{text}</Message></Response>".encode()
        ),
    ),
)
def test_no_answer_is_too_strange_to_parse(content_type: str | None, body: bytes) -> None:
    parse(content_type, body, BASE)
