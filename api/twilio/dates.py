"""Dates and times in queries."""

from datetime import UTC, datetime, timedelta

from smsc.errors import BadParameter


def span(name: str, text: str, *, whole_day: bool = False) -> tuple[datetime, datetime]:
    """Return the beginning of a day or second, and that of the next one. Zoneless text is UTC.

    With `whole_day` a time stands for its day.

    Raises:
        BadParameter: it is neither a date nor a time.
    """
    try:
        moment = datetime.fromisoformat(text)
        # A plus that a client left unescaped came as a space: that is no zone that we can read.
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if whole_day or len(text) == len("2026-01-31"):
            start = moment.replace(hour=0, minute=0, second=0, microsecond=0)
            return start, start + timedelta(days=1)
        start = moment.replace(microsecond=0)
        return start, start + timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise BadParameter(
            f"{name} must be a date like 2026-01-31 or a time like 2026-01-31T12:00:00Z."
        ) from None
