"""JSON exports of any size, read as a stream: the values at given places, one after the other."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

import ijson

from service.importers.model import Unreadable
from service.importers.source import BadSource, Opening, Source, Text

_DEEPEST = 60
_LONGEST_LINE = 16 * 1024 * 1024
_AT_ONCE = 64 * 1024

_KEY = re.compile(r'"([\w$]{1,40})"\s*:')

Found = tuple[str, Any]
"""A place, such as ``data.Comment[]`` for each item of that list, and the value there."""


def json_values(source: Source, places: Collection[str]) -> Iterator[Found]:
    """The values at the places, in the order of the document. A value within another that is yielded is not.

    One value is in memory at a time. Raises BadSource where the document breaks.
    """
    reader = _Reader(frozenset(places))
    try:
        for event, value in ijson.basic_parse(_Utf8(source.text()), buf_size=_AT_ONCE, multiple_values=True):
            yield from reader.take(event, value)
    except (ijson.JSONError, ValueError, OverflowError) as error:
        if isinstance(error, BadSource):
            raise
        if not reader.count:
            raise BadSource("This is no JSON with comments.") from error
        raise BadSource(f"The JSON broke behind value {reader.count:,}; what follows was not read.") from error


def json_lines(source: Source) -> Iterator[tuple[str, Any] | Unreadable]:
    """The values of a file with a JSON value on each line, or several, with the place (``line 3``).

    A line that is broken is passed over. Lines that begin with ``#`` are LeanCloud's headings.
    """
    decoder = json.JSONDecoder(parse_int=_integer)
    for count, line in enumerate(_lines(source.text()), 1):
        place, at = f"line {count}", 0
        if line.startswith("#"):
            continue
        if len(line) >= _LONGEST_LINE:
            yield Unreadable("a line that is longer than any comment", place)
            continue
        while at < len(line):
            try:
                value, at = decoder.raw_decode(line, at)
            except (ValueError, RecursionError):
                yield Unreadable("a line that is no JSON", place)
                break
            yield place, value
            at += len(line[at:]) - len(line[at:].lstrip())


def json_rows(source: Source, places: Collection[str], mark: str) -> Iterator[tuple[str, Any] | Unreadable]:
    """The values at the places of a document, or those of lines, if the first line is an object with the key ``mark``.

    ``place`` is then ``value 3`` or ``line 3``. Values that are no objects are passed over.
    """
    first = source.opening().text.strip().partition("\n")[0]
    rows: Iterator[tuple[str, Any] | Unreadable]
    if first.startswith("#") or _has_key(first, mark):
        rows = json_lines(source)
    else:
        rows = ((f"value {count}", value) for count, (_, value) in enumerate(json_values(source, places), 1))
    for row in rows:
        if isinstance(row, tuple) and not isinstance(row[1], dict):
            yield Unreadable("a value that is no comment", row[0])
        else:
            yield row


def json_keys(opening: Opening) -> set[str]:
    """The keys at the beginning of a JSON file; none of another file."""
    return set(_KEY.findall(opening.text)) if opening.text.lstrip()[:1] in ("{", "[", "#") else set()


def _has_key(line: str, key: str) -> bool:
    try:
        value, _ = json.JSONDecoder(parse_int=_integer).raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and key in value


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) < 60 else None


def _lines(text: Text) -> Iterator[str]:
    """Lines without white space around them, empty ones too. One that is too long comes in pieces of that length."""
    rest = ""
    while piece := text.read(_AT_ONCE):
        *whole, rest = (rest + piece).split("\n")
        yield from (line.strip() for line in whole)
        if len(rest) >= _LONGEST_LINE:
            yield rest
            rest = ""
    yield rest.strip()


class _Utf8:
    """A text as the bytes that the parser wants."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def read(self, size: int = -1) -> bytes:
        return self._text.read(size).encode("utf-8", "replace")


class _Reader:
    """Follows the events of the parser. ``count`` are the values that were found."""

    def __init__(self, places: frozenset[str]) -> None:
        self.count = 0
        self._places = places
        self._open: list[str] = [""]  # the place of each open object and list, then that of the next value
        self._lists: list[bool] = []
        self._builder: ijson.ObjectBuilder | None = None
        self._depth = 0  # within the value that is being built

    def take(self, event: str, value: Any) -> Iterator[Found]:
        if event in ("start_map", "start_array"):
            self._start(event)
        elif event in ("end_map", "end_array"):
            yield from self._end(event)
        elif self._builder:
            self._builder.event(event, value)
        elif event == "map_key":
            before = self._open[-2]
            self._open[-1] = f"{before}.{value[:60]}" if before else value[:60]
        elif self._open[-1] in self._places:
            yield self._found(value)

    def _start(self, event: str) -> None:
        if len(self._lists) + self._depth >= _DEEPEST:
            raise BadSource("The JSON's values stand in one another deeper than in any export.")
        if self._builder is None and self._open[-1] in self._places:
            self._builder = ijson.ObjectBuilder()
        if self._builder:
            self._builder.event(event, None)
            self._depth += 1
            return
        self._lists.append(event == "start_array")
        self._open.append(f"{self._open[-1]}[]" if self._lists[-1] else "")

    def _end(self, event: str) -> Iterator[Found]:
        if self._builder is None:
            self._lists.pop()
            self._open.pop()
            return
        self._builder.event(event, None)
        self._depth -= 1
        if not self._depth:
            whole, self._builder = self._builder.value, None
            yield self._found(whole)

    def _found(self, value: Any) -> Found:
        self.count += 1
        return self._open[-1], value
