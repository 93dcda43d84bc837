"""A request as octets on the wire, signed."""

from collections.abc import Mapping
from typing import Final

from smsc.webhooks.client import cookies
from smsc.webhooks.client.target import Target
from smsc.webhooks.outcome import Method, WebhookRequest
from smsc.webhooks.signature import sign

_FORM_HEADERS: Final = "Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n"


def request_octets(
    request: WebhookRequest, target: Target, method: Method, sent_cookies: Mapping[str, str]
) -> bytes:
    """Return head and body; `method` and `target` are those to which redirects have led."""
    has_body = method is Method.POST
    # What is sent raw is no form, and is signed as if it had none.
    form = request.form if has_body and request.raw is None else None
    head = (
        f"{method.value} {target.path} HTTP/1.1\r\n"
        f"Host: {target.authority}\r\n"
        "Accept: */*\r\n"
        "Accept-Encoding: identity\r\n"
    )
    if request.auth_token is None:  # no account's: signed in its own way, if at all
        head += "User-Agent: smsc\r\n"
    else:
        signature = sign(request.auth_token, target.url, form)
        head += (
            "User-Agent: TwilioProxy/1.1\r\n"
            f"X-Twilio-Signature: {signature}\r\n"
            f"I-Twilio-Idempotency-Token: {request.idempotency_token}\r\n"
        )
    if target.userinfo:
        head += f"Authorization: {target.authorization}\r\n"
    if sent_cookies:
        head += f"Cookie: {cookies.header(sent_cookies)}\r\n"
    if not has_body:
        return f"{head}\r\n".encode()
    if request.raw is not None:
        body, headers = request.raw
        head += "".join([f"{name}: {value}\r\n" for name, value in headers])
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    encoded = request.form.encoded  # percent-encoded: as many octets as characters
    return f"{head}{_FORM_HEADERS}Content-Length: {len(encoded)}\r\n\r\n{encoded}".encode()
