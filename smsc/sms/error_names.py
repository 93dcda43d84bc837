"""What the errors of messages are called: `error_message` of a message, `ErrorMessage` of a report.

`smsc.sms.error_messages` explains some of them to people, in their language.
"""

from typing import Final

_NAMES: Final = {
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Message filtered",
    30008: "Unknown error",
    30009: "Missing inbound segment",
    30017: "Carrier network congestion",
    30022: "Rate limit of the carrier exceeded",
    30036: "Validity period expired",
    30410: "Provider timeout",
    30450: "Message blocked by pumping protection",
    # A message that was scheduled, or a line of a bulk, has these when its turn comes too late.
    20005: "Account not active, or its balance is used up",
    21211: "Invalid 'To' phone number",
    21212: "Invalid 'From' number or sender ID",
    21218: "Invalid ApplicationSid",
    21266: "'To' and 'From' cannot be the same",
    21408: "Region of the 'To' number not enabled",
    21602: "Message body is required",
    21603: "'From' or 'MessagingServiceSid' is required",
    21604: "'To' phone number is required",
    21606: "'From' number not owned or not able to send to this destination",
    21608: "Recipient not confirmed by an account on trial",
    21609: "Invalid StatusCallback URL",
    21610: "Recipient has opted out",
    21611: "Message queue is full",
    21612: "'To' number not reachable from this sender",
    21617: "Message body too long",
    21624: "Invalid validity period",
    21701: "Messaging Service does not exist",
    21703: "No sender of the Messaging Service fits the destination",
    21704: "Messaging Service has no senders",
    21705: "Invalid MessagingServiceSid",
    21711: "'From' is not in the Messaging Service",
    35114: "Scheduled time out of range",
    35118: "MessagingServiceSid is required to schedule",
    35125: "Too many scheduled messages",
    63038: "Limit of messages reached",
}


def error_name(code: int) -> str:
    """Return what an error of a message is called; one that we don't know is an unknown error.

    Source: https://www.twilio.com/docs/api/errors
    """
    return _NAMES.get(code, _NAMES[30008])
