"""Configures structlog, once a process: JSON lines for machines, colours for a terminal."""

import logging
import re
import sys
from typing import Final

import structlog

# A whole number in E.164, up to its last four digits.
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{3,10}(?=[0-9]{4}(?![0-9]))")
# What PostgreSQL, its driver and SQLAlchemy quote of the values of a statement that failed.
_VALUES: Final = re.compile(
    r"(DETAIL:).*?(?=\nHINT:|\n\nThe above exception|\n\nDuring handling|\Z)"
    r"|(invalid input for query argument \$[0-9]+:)[^\n]*"
    r"|(\[parameters:)[^\n]*",
    re.DOTALL,
)


def configure(level: str = "info") -> None:
    """Send every log line, the libraries' too, to standard error in one shape."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        discreet,
    ]
    for_terminal = sys.stderr.isatty()
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if for_terminal else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("arq.worker", "arq.jobs", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def discreet(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Hide what may have got into a line by an error of somebody else's: numbers, rows' values.

    The second wall: what we log ourselves has neither.
    """
    for name, value in event.items():
        if isinstance(value, str) and ("+" in value or ":" in value):
            event[name] = without_values(value)
    return event


def without_values(text: str) -> str:
    """Return a text that may stand in a log: numbers by their last digits, no rows' values."""
    text = _VALUES.sub(lambda found: f"{found[1] or found[2] or found[3]} …", text)
    return _NUMBER.sub("…", text)


def masked(address: str) -> str:
    """Return an address that may stand in a log: its last four characters."""
    return f"…{address[-4:]}" if len(address) > 4 else address  # short codes are no secret
