"""The answer to an inbound message: TwiML or plain text, to verbs in order."""

import codecs
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from smsc.webhooks.outcome import BODY_LIMIT_OCTETS, Method

MOST_MESSAGES: Final = 10
MOST_MEDIA: Final = 10

_TWIML_TYPES: Final = frozenset({"text/xml", "application/xml", "text/html"})
_MESSAGE_ATTRIBUTES: Final = frozenset({"to", "from", "action", "method", "statusCallback"})
_REDIRECT_ATTRIBUTES: Final = frozenset({"method"})
_VOICE_VERBS: Final = frozenset(
    {"Connect", "Dial", "Echo", "Enqueue", "Gather", "Hangup", "Leave", "Pause", "Pay"}
    | {"Play", "Prompt", "Queue", "Record", "Refer", "Reject", "Say", "Start", "Stop"}
)
# Beyond these, Python knows charsets that no web server sends and some that decode in square time.
_CHARSETS: Final = (
    *("utf-8", "utf-16", "utf-32", "ascii", "iso8859", "cp125", "koi8", "tis", "mac"),
    *("gb", "big5", "shift_jis", "euc", "iso2022"),
)


@dataclass(frozen=True, slots=True)
class TwimlWarning:
    """Something in the document that was not understood; the rest holds."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class MessageVerb:
    """A reply. Without `to` it goes to the sender, without `from_` from the number."""

    body: str
    to: str | None = None
    from_: str | None = None
    action: str | None = None  # absolute; gets status callbacks, by `method`
    method: Method = Method.POST
    status_callback: str | None = None  # absolute; gets status callbacks, by POST
    media: tuple[str, ...] = ()  # absolute URLs


@dataclass(frozen=True, slots=True)
class RedirectVerb:
    """The next document to fetch, with the original parameters."""

    url: str
    method: Method = Method.POST


Verb = MessageVerb | RedirectVerb


@dataclass(frozen=True, slots=True)
class TwimlDocument:
    """What an answer asks for. With an `error` (code, text) the verbs are those before it."""

    verbs: tuple[Verb, ...] = ()
    warnings: tuple[TwimlWarning, ...] = ()
    error: tuple[int, str] | None = None


def parse(content_type: str | None, body: bytes, base_url: str) -> TwimlDocument:
    """Read the answer that `base_url` gave. An empty one asks for nothing, whatever its type.

    A `<Redirect>` ends the document. Elements and attributes that aren't known are skipped with
    a warning. DTDs and entities are refused.

    Source: https://www.twilio.com/docs/messaging/twiml
    """
    if len(body) > BODY_LIMIT_OCTETS:
        return _error(11750, f"The answer is longer than {BODY_LIMIT_OCTETS} octets.")
    if not body.strip():
        return TwimlDocument()
    kind, _, parameters = (content_type or "").partition(";")
    kind = kind.strip().lower()
    text = _decoded(body, _charset(parameters))
    if kind == "text/plain":
        reply = (text if text is not None else body.decode(errors="replace")).strip()
        return TwimlDocument((MessageVerb(reply),)) if reply else TwimlDocument()
    if kind not in _TWIML_TYPES:
        return _error(12300, f"The answer's Content-Type {content_type!r} is not supported.")
    try:
        root = _root(text if text is not None else body)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        return _error(12100, f"The answer is not well-formed XML: {error}")
    if _name(root) != "Response":
        return _error(12102, f"The root element is <{_name(root)}>, not <Response>.")
    return _Reader(base_url).read(root)


def _error(code: int, text: str) -> TwimlDocument:
    return TwimlDocument(error=(code, text))


def _charset(parameters: str) -> str | None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'")
    return None


def _decoded(body: bytes, charset: str | None) -> str | None:
    """Return the text by its byte order mark, else by the header's charset.

    None: the header names none that we know; then an XML declaration may.

    Source: RFC 7303 §3.
    """
    if body.startswith(codecs.BOM_UTF8):
        return body.decode("utf-8-sig", errors="replace")
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return body.decode("utf-16", errors="replace")
    if not charset:
        return None
    try:
        codec = codecs.lookup(charset).name
        return body.decode(codec, errors="replace") if codec.startswith(_CHARSETS) else None
    except (LookupError, ValueError):
        return None


def _root(document: str | bytes) -> Element:
    parser = DefusedXMLParser(forbid_dtd=True)
    parser.feed(document.lstrip())  # templates often leave a line before the declaration
    root: Element = parser.close()
    return root


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]


class _Reader:
    """Walks one document."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._warnings: list[TwimlWarning] = []

    def read(self, root: Element) -> TwimlDocument:
        verbs: list[Verb] = []
        messages = 0
        for element in root:
            name = _name(element)
            if name in {"Message", "Sms"}:
                messages += 1
                message = self._message(element) if messages <= MOST_MESSAGES else None
                if message is not None:
                    verbs.append(message)
            elif name == "Redirect":
                redirect = self._redirect(element)
                if redirect is None:
                    return TwimlDocument(
                        tuple(verbs), tuple(self._warnings), (11100, "<Redirect> names no URL.")
                    )
                verbs.append(redirect)
                break
            elif name in _VOICE_VERBS:
                self._warn(14110, f"<{name}> is not for messages.")
            else:
                self._warn(12200, f"<{name}> is not known in <Response>.")
        if messages > MOST_MESSAGES:
            self._warn(14109, f"Of {messages} replies the first {MOST_MESSAGES} are sent.")
        return TwimlDocument(tuple(verbs), tuple(self._warnings))

    def _message(self, element: Element) -> MessageVerb | None:
        self._check_attributes(element, _MESSAGE_ATTRIBUTES)
        text = [element.text or ""]
        bodies: list[str] = []
        media: list[str] = []
        for child in element:
            text.append(child.tail or "")
            match _name(child):
                case "Body":
                    bodies.append("".join(child.itertext()).strip())
                case "Media":
                    self._add_media(media, child)
                case other:
                    self._warn(12200, f"<{other}> is not known in <{_name(element)}>.")
        loose = "".join(text).strip()
        if bodies and loose:
            self._warn(12200, "The text beside <Body> is left out.")
        body = "\n".join(bodies) if bodies else loose
        if not body and not media:
            self._warn(14103, f"<{_name(element)}> has no body and is not sent.")
            return None
        return MessageVerb(
            body=body,
            to=(element.get("to") or "").strip() or None,
            from_=(element.get("from") or "").strip() or None,
            action=self._callback(element, "action"),
            method=self._method(element),
            status_callback=self._callback(element, "statusCallback"),
            media=tuple(media),
        )

    def _redirect(self, element: Element) -> RedirectVerb | None:
        self._check_attributes(element, _REDIRECT_ATTRIBUTES)
        url = self._resolved("".join(element.itertext()).strip())
        return None if url is None else RedirectVerb(url, self._method(element))

    def _add_media(self, media: list[str], element: Element) -> None:
        written = "".join(element.itertext()).strip()
        url = self._resolved(written) if written else None
        if url is None:
            self._warn(12200, "<Media> names no URL.")
        elif len(media) == MOST_MEDIA:
            self._warn(12200, f"<Media> beyond the first {MOST_MEDIA} is left out.")
        else:
            media.append(url)

    def _callback(self, element: Element, attribute: str) -> str | None:
        written = (element.get(attribute) or "").strip()
        if not written:
            return None
        url = self._resolved(written)
        if url is None:
            self._warn(14105, f"{attribute}={written!r} is no URL.")
        return url

    def _method(self, element: Element) -> Method:
        written = element.get("method", Method.POST).strip().upper()
        if written not in Method.__members__:
            self._warn(14104, f"method={written!r} is neither GET nor POST.")
            return Method.POST
        return Method(written)

    def _resolved(self, written: str) -> str | None:
        try:
            url = urljoin(self._base_url, written)
            parts = urlsplit(url)
        except ValueError:
            return None
        return url if parts.scheme in {"http", "https"} and parts.hostname else None

    def _check_attributes(self, element: Element, known: frozenset[str]) -> None:
        for attribute in element.keys():  # noqa: SIM118 an element iterates over its children
            if attribute not in known and not attribute.startswith("{"):
                self._warn(12200, f"<{_name(element)}> has no attribute {attribute!r}.")

    def _warn(self, code: int, text: str) -> None:
        self._warnings.append(TwimlWarning(code, text))
