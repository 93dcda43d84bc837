"""What Twilio's error codes of a message that was not delivered mean, in our words."""

from typing import Final

_MESSAGES: Final = {
    30001: "Too many messages are waiting for this sender or connector.",
    30002: "The account was suspended before the message was sent.",
    30003: "The handset cannot be reached: it is switched off or has no network.",
    30004: "The recipient or the carrier has blocked the message.",
    30005: "The destination is unknown or no longer in service.",
    30006: "The destination is a landline, or its carrier cannot be reached.",
    30007: "The carrier has refused the message as unwanted.",
    30008: "The message was not delivered, and the carrier gave no reason that we know.",
    30009: "A segment of the inbound message did not arrive.",
    30017: "The carrier's network is congested.",
    30022: "The carrier's rate limit was exceeded.",
    30036: "The validity period ended before the message could be sent.",
    30410: "No answer from the carrier; not sent again, so that it cannot arrive twice.",
    30450: "The message was stopped as likely traffic pumping.",
}


def error_message(code: int) -> str:
    """Return one sentence for a message's `error_code`.

    Source: https://www.twilio.com/docs/api/errors
    """
    return error_sentence(code) or f"The message failed with error {code}."


def error_sentence(code: int) -> str | None:
    """Return the sentence of a code that we know."""
    return _MESSAGES.get(code)
