"""JSON exports of any size, read as a stream: the values at given places, one after the other.

Each value is decoded whole by the standard library, from a text that is read piece by piece. ijson 3.6 was tried
first: a number of 5,000 digits ends the whole process.
"""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import UnreadablePart
from service.importers.source_file import BadSource, Opening, Source, Text

_DEEPEST = 60
_LONGEST = 32 * 1024 * 1024
"""Characters of one value, or of one line."""
_AT_ONCE = 64 * 1024
_NEAR_THE_END = 20
"""Characters at the end of what is read, which may look otherwise with what follows."""
_KEY = re.compile(r'"([\w$]{1,40})"\s*:')


def _integer(digits: str) -> int | None:
    return int(digits) if len(digits) < 60 else None


_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=lambda _: None, strict=False)

Found = tuple[str, Any]
"""A place, such as ``data.Comment[]`` for each item of that list, and the value there."""


def json_values(source: Source, places: Collection[str]) -> Iterator[Found]:
    """The values at the places, in the order of the document. A value within another that is yielded is not.

    Keeps one value in memory. Raises BadSource where the document breaks.
    """
    count = 0
    try:
        for found in _Walk(_Cursor(source.text()), frozenset(places)).documents():
            count += 1
            yield found
    except _Broken as error:
        if not count:
            raise BadSource(ImportSentence.NO_JSON) from error
        raise BadSource(ImportSentence.JSON_BROKE % {"number": f"{count:,}"}) from error


def json_lines(source: Source) -> Iterator[tuple[str, Any] | UnreadablePart]:
    """The values of a file with a JSON value on each line, or several, with the place (``line 3``).

    A line that is broken is passed over. Lines that begin with ``#`` are LeanCloud's headings.
    """
    for count, line in enumerate(_lines(source.text()), 1):
        place, at = ImportSentence.LINE % {"number": count}, 0
        if line.startswith("#"):
            continue
        if len(line) >= _LONGEST:
            yield UnreadablePart(ImportSentence.LINE_LONG, place)
            continue
        while at < len(line):
            try:
                value, at = _DECODER.raw_decode(line, at)
            except (ValueError, RecursionError):
                yield UnreadablePart(ImportSentence.LINE_NO_JSON, place)
                break
            yield place, value
            at += len(line[at:]) - len(line[at:].lstrip())


def json_rows(source: Source, places: Collection[str], mark: str) -> Iterator[tuple[str, Any] | UnreadablePart]:
    """The values at the places of a document, or those of lines, if the first line is an object with the key ``mark``.

    ``place`` is then ``value 3`` or ``line 3``. Values that are no objects are passed over.
    """
    first = source.opening().text.strip().partition("\n")[0]
    rows: Iterator[tuple[str, Any] | UnreadablePart]
    if first.startswith("#") or _has_key(first, mark):
        rows = json_lines(source)
    else:
        rows = (
            (ImportSentence.VALUE % {"number": count}, value)
            for count, (_, value) in enumerate(json_values(source, places), 1)
        )
    for row in rows:
        if isinstance(row, tuple) and not isinstance(row[1], dict):
            yield UnreadablePart(ImportSentence.VALUE_NO_COMMENT, row[0])
        else:
            yield row


def json_keys(opening: Opening) -> set[str]:
    """The keys at the beginning of a JSON file; none of another file."""
    return set(_KEY.findall(opening.text)) if opening.text.lstrip()[:1] in ("{", "[", "#") else set()


def _has_key(line: str, key: str) -> bool:
    try:
        value, _ = _DECODER.raw_decode(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and key in value


def _lines(text: Text) -> Iterator[str]:
    """Lines without white space around them, empty ones too. One that is too long comes in pieces of that length."""
    rest = ""
    while piece := text.read(_AT_ONCE):
        *whole, rest = (rest + piece).split("\n")
        yield from (line.strip() for line in whole)
        if len(rest) >= _LONGEST:
            yield rest
            rest = ""
    yield rest.strip()


class _Broken(ValueError):
    """The document is no JSON from here on."""


class _Walk:
    """Goes through documents, and stops at the values that are wanted."""

    def __init__(self, cursor: "_Cursor", places: frozenset[str]) -> None:
        self._cursor, self._places = cursor, places
        starts = (re.split(r"(?=\[\]|\.)", place) for place in places)
        self._leads_on = {"".join(parts[:count]) for parts in starts for count in range(len(parts))}

    def documents(self) -> Iterator[Found]:
        while self._cursor.next():
            yield from self._value("", 0)

    def _value(self, place: str, depth: int) -> Iterator[Found]:
        kind = self._cursor.next()
        if depth > _DEEPEST:
            raise BadSource(ImportSentence.DEEP_JSON)
        if place in self._places:
            yield place, self._cursor.value()
        elif kind == "{":
            yield from self._members(place, depth)
        elif kind == "[":
            inside = f"{place}[]"
            wanted = inside in self._places or inside in self._leads_on
            for _ in self._items("]"):
                if wanted:
                    yield from self._value(inside, depth + 1)
                else:
                    self._cursor.value()
        else:
            self._cursor.value()

    def _members(self, place: str, depth: int) -> Iterator[Found]:
        for _ in self._items("}"):
            key = self._cursor.value() if self._cursor.next() == '"' else None
            if key is None or self._cursor.next() != ":":
                raise _Broken
            self._cursor.take()
            yield from self._value(f"{place}.{key[:60]}" if place else key[:60], depth + 1)

    def _items(self, end: str) -> Iterator[None]:
        """Comes to each item up to the closing bracket; it has to be taken before the next one."""
        self._cursor.take()
        if self._cursor.next() == end:
            self._cursor.take()
            return
        while True:
            yield
            sign = self._cursor.take()
            if sign == end:
                return
            if sign != ",":
                raise _Broken


class _Cursor:
    """A place in a text that is read as it goes on."""

    def __init__(self, text: Text) -> None:
        self._text = text
        self._read = ""
        self._at = 0

    def next(self) -> str:
        """The next character that is no white space, which is not taken; empty at the end."""
        while True:
            while self._at < len(self._read):
                if not (letter := self._read[self._at]).isspace():
                    return letter
                self._at += 1
            if not self._more(_AT_ONCE):
                return ""

    def take(self) -> str:
        """The same, taken."""
        letter = self.next()
        self._at += 1
        return letter

    def value(self) -> Any:
        """The whole value that begins here."""
        if not self.next():
            raise _Broken
        while True:
            try:
                value, end = _DECODER.raw_decode(self._read, self._at)
            except json.JSONDecodeError as error:
                # An error well before the end of what is read is one. A text without an end is told by its beginning.
                if error.pos < len(self._read) - _NEAR_THE_END and not error.msg.startswith("Unterminated"):
                    raise _Broken from error
                unread = len(self._read) - self._at
                if unread > _LONGEST or not self._more(max(_AT_ONCE, unread)):
                    raise _Broken from error
                continue
            except RecursionError as error:
                raise BadSource(ImportSentence.DEEP_JSON) from error
            # A number may go on behind what is read: of "1.5" the decoder takes the 1 as long as there is no 5.
            is_number = not isinstance(value, (dict, list, str))
            if is_number and len(self._read) - end < _NEAR_THE_END and self._more(_AT_ONCE):
                continue
            self._at = end
            return value

    def _more(self, size: int) -> bool:
        more = self._text.read(size)
        if more:
            self._read, self._at = self._read[self._at :] + more, 0
        return bool(more)
