"""A request as octets on the wire, signed."""

from collections.abc import Mapping
from typing import Final

from smsc.webhooks.client import cookies
from smsc.webhooks.client.target import Target
from smsc.webhooks.outcome import Method, WebhookRequest
from smsc.webhooks.signature import sign

_FORM_HEADERS: Final = (("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),)


def request_octets(
    request: WebhookRequest,
    target: Target,
    method: Method,
    form: bytes | None,
    sent_cookies: Mapping[str, str],
) -> bytes:
    """Return head and body; `form` is the body of a POST, as it was encoded."""
    signature = sign(request.auth_token, target.url, request.params if form is not None else ())
    head = (
        f"{method} {target.path} HTTP/1.1\r\n"
        f"Host: {target.authority}\r\n"
        "User-Agent: TwilioProxy/1.1\r\n"
        "Accept: */*\r\n"
        "Accept-Encoding: identity\r\n"
        f"X-Twilio-Signature: {signature}\r\n"
        f"I-Twilio-Idempotency-Token: {request.idempotency_token}\r\n"
    )
    if target.authorization is not None:
        head += f"Authorization: {target.authorization}\r\n"
    if sent_cookies:
        head += f"Cookie: {cookies.header(sent_cookies)}\r\n"
    if form is None:
        return f"{head}\r\n".encode()
    headers = _FORM_HEADERS if request.raw is None else request.raw[1]
    head += "".join([f"{name}: {value}\r\n" for name, value in headers])
    head += f"Content-Length: {len(form)}\r\n\r\n"
    return head.encode() + form
