"""(field, value) pairs of a form, from the bytes of a URL-encoded or multipart body."""

import re
from collections.abc import AsyncGenerator, Coroutine, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, TypeVar
from urllib.parse import unquote, unquote_to_bytes

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.http import charsets
from service.web.http.unreadable_body import OtherCharset, UnreadableBody

MAX_FIELDS = 100
_LARGEST_PART = 256 * 1024
_CHARSET = re.compile(r";\s*charset\*?[0-9*]*\s*=\s*([^;]*)", re.IGNORECASE)
_CHARSET_FIELD = b"_charset_"
"""A hidden field of this name is filled in by the browser, with the label of the charset that it uses."""
_LOSSLESS = "latin-1"  # a character for each byte

Pairs = list[tuple[str, str]]
_RawPairs = list[tuple[bytes, bytes]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Hints:
    """What the header says of a form's bytes: its Content-Type, and the reader's languages."""

    content_type: str = ""
    accept_language: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Hints":
        """Of a request."""
        return cls(headers.get("content-type", ""), headers.get("accept-language", ""))

    @property
    def language(self) -> str:
        """The reader's first language."""
        return re.split("[,;]", self.accept_language)[0].strip()

    @property
    def codec(self) -> str:
        """Python's codec of the stated charset; empty without one, and for one that no form is in."""
        stated = _CHARSET.search(self.content_type)
        return charsets.codec_of(stated[1]) if stated else ""


_NO_HINTS = Hints()


def urlencoded(body: bytes, max_fields: int, hints: Hints = _NO_HINTS) -> Pairs:
    """Raises OtherCharset, and Unreadable above ``max_fields`` fields."""
    try:
        pairs = _split(body.decode("ascii"), max_fields, "strict")
    except UnicodeDecodeError:
        return _in_charset(_raw(body, max_fields), hints)
    return _in_charset(_raw(body, max_fields), hints) if _CHARSET_FIELD in body else pairs


def of_any_charset(body: bytes, max_fields: int) -> Pairs:
    """The same; bytes that are not UTF-8 become U+FFFD."""
    return _split(body.decode("latin-1"), max_fields, "replace")


def multipart(body: bytes, max_fields: int, hints: Hints, max_files: int = 0) -> Pairs:
    """The same; the value of a file is its text. Raises as ``urlencoded`` does, and Unreadable for a malformed body and
    more than ``max_files`` files."""
    charset = "utf-8" if charsets.decodes(body, "utf-8") and _CHARSET_FIELD not in body else _LOSSLESS
    headers = Headers({"content-type": f"{_CHARSET.sub('', hints.content_type)}; charset={charset}"})
    try:
        most = {"max_files": max_files, "max_fields": max_fields, "max_part_size": _LARGEST_PART}
        form = _without_waiting(MultiPartParser(headers, _as_stream(body), **most).parse())
    except MultiPartException as error:
        raise UnreadableBody(error.message) from error
    items = form.multi_items()
    found = [(name, value if isinstance(value, str) else _text_of(value.file, charset)) for name, value in items]
    if charset != _LOSSLESS:
        return found
    return _in_charset([(name.encode(_LOSSLESS), value.encode(_LOSSLESS)) for name, value in found], hints)


def _in_charset(raw: _RawPairs, hints: Hints) -> Pairs:
    """The pairs, in the charset that the form states, or the header. Raises OtherCharset."""
    fields, whole = dict(raw), b"\n".join(chain.from_iterable(raw))
    named = charsets.codec_of(fields.get(_CHARSET_FIELD, b"").decode(_LOSSLESS))
    # The browser fills in the field, and so is believed. Libraries add a charset to any form, in UTF-8, too.
    for codec in filter(None, (named, "utf-8", hints.codec)):
        if charsets.decodes(whole, codec):
            return _read(raw, codec)
    languages = (fields.get(b"lang", b"").decode(_LOSSLESS), hints.language)
    raise OtherCharset(without_nul(_read(raw, charsets.guess(whole, languages))))


def _read(raw: _RawPairs, codec: str) -> Pairs:
    return [(charsets.read(name, codec), charsets.read(value, codec)) for name, value in raw]


def without_nul(pairs: Pairs) -> Pairs:
    """The pairs. Raises Unreadable for NUL characters."""
    if "\x00" in "".join(chain.from_iterable(pairs)):
        raise UnreadableBody("The form holds a NUL character, which no text has.")
    return pairs


def _split(text: str, max_fields: int, errors: str) -> Pairs:
    """As ``urllib.parse.parse_qsl`` does, which takes twice as long for a form."""
    fields = [field for field in text.replace("+", " ").split("&") if field]
    if len(fields) > max_fields:
        raise UnreadableBody(f"A form may have at most {max_fields} fields.")
    halves = (field.partition("=") for field in fields)
    return [(_unquoted(name, errors), _unquoted(value, errors)) for name, _, value in halves]


def _unquoted(text: str, errors: str) -> str:
    if "%" not in text:
        return text
    return unquote_to_bytes(text).decode(errors=errors) if text.isascii() else unquote(text, errors=errors)


def _raw(body: bytes, max_fields: int) -> _RawPairs:
    fields = [field for field in body.replace(b"+", b" ").split(b"&") if field]
    if len(fields) > max_fields:
        raise UnreadableBody(f"A form may have at most {max_fields} fields.")
    halves = (field.partition(b"=") for field in fields)
    return [(unquote_to_bytes(name), unquote_to_bytes(value)) for name, _, value in halves]


def _text_of(file: IO[bytes], charset: str) -> str:
    with file:
        return file.read().decode(charset)


def _without_waiting(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits, on any thread: the body that it parses is here."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise RuntimeError("it waits")


async def _as_stream(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
