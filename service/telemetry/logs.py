"""Structured logs, one line per event. They never hold an address, name, email or text of a reader."""

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
"""Id of the request being answered; every line logged meanwhile carries it."""

_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
_encode = json.JSONEncoder(ensure_ascii=False, default=str).encode  # ``json.dumps`` makes one for each line
_PLAIN = re.compile(r"[\w.:/+-]+\Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """The fields of ``extra``, and the request's id."""
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    if number := request_number.get():
        fields["request"] = number.decode()
    return fields


def _at(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


class JsonFormatter(logging.Formatter):
    """Formats a record and its ``extra`` fields as a JSON object."""

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
        return _encode(line)


class TextFormatter(logging.Formatter):
    """Formats a record for a person. Values are quoted, so they cannot forge another line."""

    def format(self, record: logging.LogRecord) -> str:
        fields = "".join(f" {name}={_value(value)}" for name, value in _fields(record).items())
        line = f"{_at(record)} {record.levelname.lower():7} {record.name}: {record.getMessage()}{fields}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _value(value: Any) -> str:
    text = value if isinstance(value, str) else _encode(value)
    return text if _PLAIN.match(text) else _encode(text) if isinstance(value, str) else text


_UNUSED = ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks", "_srcfile")
"""Switches of ``logging`` for fields that no line shows; collecting them takes as long as writing the line. The last is
for the line of code that logs (https://docs.python.org/3/howto/logging.html#optimization)."""


@contextmanager
def to_standard_error(level: str, form: Format = "json") -> Iterator[None]:
    """Log to standard error inside the block. Logging is global to the process, so its state is restored after."""
    root = logging.getLogger()
    quiet = () if level == "debug" else ("alembic", "uvicorn.error")  # they report every start at level info
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, quiet))}
    handlers, switches = [*root.handlers], {name: getattr(logging, name, True) for name in _UNUSED}
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if form == "json" else TextFormatter())
    _set([handler], dict.fromkeys(levels, logging.WARNING) | {root: level.upper()}, dict.fromkeys(switches))
    try:
        yield
    finally:
        _set(handlers, levels, switches)


def _set(
    handlers: Iterable[logging.Handler], levels: Mapping[logging.Logger, int | str], switches: Mapping[str, object]
) -> None:
    logging.getLogger().handlers[:] = handlers
    for logger, level in levels.items():
        logger.setLevel(level)
    for name, value in switches.items():
        setattr(logging, name, value)
