"""What is said where no extraction finds it: by pydantic of values, and by statements of SQL.

Only the catalogues use it, which find here what they have to translate.
"""

from typing import Final

# Source: https://docs.pydantic.dev/latest/errors/validation_errors/
OF_VALUES: Final = (
    "Field required",
    "Extra inputs are not permitted",
    "Input should be %(expected)s",
    "Input should be a valid string",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be a valid integer",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid integer, got a number with a fractional part",
    "Input should be a valid number",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid decimal",
    "Input should be a valid list",
    "Input should be a valid dictionary",
    "Input should be a finite number",
    "Input should be greater than %(limit)s",
    "Input should be greater than or equal to %(limit)s",
    "Input should be less than %(limit)s",
    "Input should be less than or equal to %(limit)s",
    "String should have at least %(count)s character",
    "String should have at least %(count)s characters",
    "String should have at most %(count)s character",
    "String should have at most %(count)s characters",
    "String should match pattern %(pattern)s",
    "List should have at least %(least)s item after validation, not %(count)s",
    "List should have at least %(least)s items after validation, not %(count)s",
    "List should have at most %(most)s item after validation, not %(count)s",
    "List should have at most %(most)s items after validation, not %(count)s",
    "Decimal input should have no more than %(count)s decimal places",
    "Decimal input should have no more than %(count)s digits in total",
)
# Of `smsc.messaging.reading.journey`: why a bulk's message waits, why a connector sends nothing.
OF_CONNECTORS: Final = (
    "its bulk is paused",
    "the connector is paused",
    "the connector is lent to a probe",
    "no gateway process runs the connector",
    "the connector is connecting",
    "the connector is connecting: %(reason)s",
    "the connector is backing off",
    "the connector is backing off: %(reason)s",
    "the connector is unbinding",
    "the connector is closed",
    "the connector is closed: %(reason)s",
    "the connector is unowned",
    "the connector is unowned: %(reason)s",
)
# Of `smsc.routing.channels`: what a segment waits for, and how long a quota lasts.
OF_CHANNELS: Final = ("a channel: %(reason)s", "day", "month")
# Of `smsc.provisioning.profiles`: the one title that is no name.
OF_PROFILES: Final = ("Any SMSC that follows SMPP 3.4",)
