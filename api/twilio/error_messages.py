"""What `error_message` says of a message that failed or was not delivered."""

from typing import Final

ERROR_MESSAGES: Final = {
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
}
