"""One line an event: what happened, and why. Never who: no address, name, email or text of a reader."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, Literal

Format = Literal["json", "text"]

request_number: ContextVar[bytes] = ContextVar("request_number", default=b"")
"""Which request is being answered, for the lines that tell of it."""

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_PLAIN = re.compile(r"[\w.:/+-]+\Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What the record was given beside its words."""
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if number := request_number.get():
        fields["request"] = number.decode()
    return fields


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class JsonFormatter(logging.Formatter):
    """A record with its ``extra`` fields, as an object."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": _at(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= _fields(record)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """A record for somebody who reads along. Values cannot break out of their line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_value(value)}" for name, value in _fields(record).items())
        line = f"{_at(record)} {record.levelname.lower():7} {record.name}: {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if _PLAIN.match(text) else json.dumps(text, ensure_ascii=False) if isinstance(value, str) else text


_UNTOLD = ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks")
"""No line tells of these, and to find them out takes as long as the line does."""


@contextmanager
def to_standard_error(level: str, form: Format = "json") -> Iterator[None]:
    """Log there as long as this lasts. Logging belongs to the whole process, so it is left as it was found."""
    root = logging.getLogger()
    quiet = () if level == "debug" else ("alembic", "uvicorn.error")  # how a server starts is news to nobody
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, quiet))}
    handlers, told = [*root.handlers], {name: getattr(logging, name, True) for name in _UNTOLD}
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    _set([handler], dict.fromkeys(levels, logging.WARNING) | {root: level.upper()}, dict.fromkeys(told, False))
    try:
        yield
    finally:
        _set(handlers, levels, told)


def _set(
    handlers: Iterable[logging.Handler], levels: Mapping[logging.Logger, int | str], told: Mapping[str, bool]
) -> None:
    logging.getLogger().handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    for name, is_told in told.items():
        setattr(logging, name, is_told)
