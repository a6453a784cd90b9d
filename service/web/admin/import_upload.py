"""Reads the form by which an export is uploaded. The file goes to the disk as it arrives, so it may be of any size."""

import asyncio
import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from service.web.context import Request, context_of
from service.web.http.form_pairs import MAX_FIELDS
from service.web.http.request_body import TooLarge, TooSlow, media_type
from service.web.http.unreadable_body import UnreadableBody

SECONDS_BETWEEN = 20
"""Within which the next part of the file has to arrive."""

_LONGEST_FIELD = 64 * 1024
_FORM_ITSELF = 1024 * 1024
"""Bytes that the form may have beside the file."""


@dataclass(frozen=True, slots=True)
class UploadForm:
    """The fields of the form, and the names that the files have with their owner; empty if none was chosen."""

    fields: dict[str, str]
    name: str
    redirects: bytes
    redirects_name: str


async def read_upload(request: Request, target: Path, most: int) -> UploadForm:
    """Read the form, and write its file to ``target``. Raises TooLarge above ``most`` bytes, as soon as that is known;
    TooSlow, Unreadable, OSError, ClientDisconnect."""
    if media_type(request) != "multipart/form-data":
        raise UnreadableBody("Send the form as multipart/form-data.")
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > most + _FORM_ITSELF:
        raise TooLarge
    with target.open("xb") as file:
        parser = _Parser(request.headers, _arriving(request, most + _FORM_ITSELF), file)
        try:
            items = (await parser.parse()).multi_items()
        except MultiPartException as error:
            raise UnreadableBody(error.message) from error
        if file.seek(0, io.SEEK_END) > most:
            raise TooLarge
    fields = {name: value for name, value in items if isinstance(value, str)}
    if "\x00" in "".join(fields.values()):
        raise UnreadableBody("The form holds a NUL character, which no text has.")
    files = {name: value for name, value in items if isinstance(value, UploadFile)}
    redirects = b""
    if "redirects" in files:
        with files["redirects"].file as kept:  # in memory or a temporary file
            redirects = kept.read(_FORM_ITSELF + 1)
    if len(redirects) > _FORM_ITSELF:
        raise TooLarge
    names = [_plain_name(files[name].filename or "") if name in files else "" for name in ("file", "redirects")]
    return UploadForm(fields, names[0], redirects, names[1])


def _plain_name(name: str) -> str:
    return name.rpartition("/")[2].rpartition("\\")[2].replace("\x00", "")


class _Parser(MultiPartParser):
    """Starlette's parser, but the file is written where it shall stay."""

    def __init__(self, headers: Headers, stream: AsyncGenerator[bytes, None], target: BinaryIO) -> None:
        super().__init__(headers, stream, max_files=2, max_fields=MAX_FIELDS, max_part_size=_LONGEST_FIELD)
        self._target = target

    def on_headers_finished(self) -> None:
        """The library's hook, after which the part is read."""
        super().on_headers_finished()
        part = self._current_part
        if part.file is not None and part.field_name == "file":
            if self._target.tell():
                raise MultiPartException("There is more than one file.")
            part.file.file.close()
            part.file = UploadFile(self._target, filename=part.file.filename)


async def _arriving(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    read, stream = 0, request.stream()
    admission = context_of(request).admission
    while True:
        try:
            async with asyncio.timeout(SECONDS_BETWEEN) as limit:
                with admission.waiting(limit):
                    chunk = await anext(stream, b"")
        except TimeoutError as error:
            raise TooSlow from error
        read += len(chunk)
        if read > most:
            raise TooLarge
        if not chunk:  # Starlette's stream ends with an empty part
            return
        yield chunk
