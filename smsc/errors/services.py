"""Refusals about messaging services and their pools of senders."""

from smsc.errors import GatewayError


class NoSenderFits(GatewayError):
    """No sender of the pool can send to this destination (Twilio 21703)."""

    code = 21703
    http_status = 400

    def __init__(self, service_sid: str) -> None:
        super().__init__(
            f"No sender of the Messaging Service {service_sid} can send to this destination."
        )


class PoolEmpty(GatewayError):
    """The service has no sender (Twilio 21704)."""

    code = 21704
    http_status = 400

    def __init__(self, service_sid: str) -> None:
        super().__init__(f"The Messaging Service {service_sid} has no senders: add one first.")


class InvalidServiceSid(GatewayError):
    """`MessagingServiceSid` has not the shape of one (Twilio 21705)."""

    code = 21705
    http_status = 400

    def __init__(self, sid: str) -> None:
        super().__init__(f"The MessagingServiceSid {sid!r} is not valid: MG and 32 hex digits.")


class AlphaSenderRequired(GatewayError):
    """No `AlphaSender` (Twilio 21708)."""

    code = 21708
    http_status = 400

    def __init__(self) -> None:
        super().__init__("'AlphaSender' is required.")


class InvalidAlphaSender(GatewayError):
    """`AlphaSender` is no sender ID, or none of the account (Twilio 21709)."""

    code = 21709
    http_status = 400

    def __init__(self, sender: str) -> None:
        super().__init__(f"{sender!r} is not an alphanumeric sender ID of your account.")


class SenderInService(GatewayError):
    """The sender is in this service already (Twilio 21710)."""

    code = 21710
    http_status = 409

    def __init__(self, sender: str) -> None:
        super().__init__(f"{sender} is in this Messaging Service already.")


class SenderNotInService(GatewayError):
    """`From` is not in the pool of `MessagingServiceSid` (Twilio 21711)."""

    code = 21711
    http_status = 400

    def __init__(self, sender: str, service_sid: str) -> None:
        super().__init__(f"The 'From' {sender} is not in the Messaging Service {service_sid}.")


class SenderInOtherService(GatewayError):
    """The number is in another service (Twilio 21712)."""

    code = 21712
    http_status = 409

    def __init__(self, sender: str) -> None:
        super().__init__(f"{sender} is in another Messaging Service: remove it there first.")


class PoolFull(GatewayError):
    """The pool has as many numbers as it may (Twilio 21714)."""

    code = 21714
    http_status = 400

    def __init__(self, most: int) -> None:
        super().__init__(f"A Messaging Service has {most} senders of a kind at most.")


class InvalidApplication(GatewayError):
    """`ApplicationSid` names no application of the account (Twilio 21218)."""

    code = 21218
    http_status = 400

    def __init__(self, sid: str) -> None:
        super().__init__(f"The ApplicationSid {sid!r} names no application of your account.")


class SendAtRequired(GatewayError):
    """`ScheduleType` without `SendAt` (Twilio 35111)."""

    code = 35111
    http_status = 400

    def __init__(self) -> None:
        super().__init__("'SendAt' is required to schedule a message.")


class SendAtOutOfRange(GatewayError):
    """`SendAt` is too near or too far (Twilio 35114)."""

    code = 35114
    http_status = 400

    def __init__(self) -> None:
        super().__init__("'SendAt' must be between 300 seconds and 35 days from now.")


class TooManyScheduled(GatewayError):
    """The account has as many scheduled messages as it may (Twilio 35125)."""

    code = 35125
    http_status = 400

    def __init__(self, most: int) -> None:
        super().__init__(f"The account has {most} scheduled messages, which is the limit.")


class OptedOut(GatewayError):
    """The recipient takes no messages of this sender or service (Twilio 21610)."""

    code = 21610
    http_status = 400

    def __init__(self) -> None:
        super().__init__("The message cannot be sent: the recipient has opted out.")


class SenderIdRefused(GatewayError):
    """The carrier lets nobody use sender IDs in the recipient's country (Twilio 21612)."""

    code = 21612
    http_status = 400

    def __init__(self, sender: str, iso_country: str) -> None:
        super().__init__(
            f"The 'To' number cannot be reached with the sender ID {sender!r}: sender IDs are "
            f"refused in {iso_country}. Send from a number or a short code."
        )
