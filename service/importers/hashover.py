"""HashOver's folder: ``comments/threads/THREAD/1-2.xml`` (or ``.json``) is the second answer to the first comment.

The name of a thread's folder cannot be turned back into an address; ``metadata/page-info.json`` has it.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]  # nor here

from db.models import Status
from service.importers import typed_values
from service.importers.folder_export import file_names, named_files
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage, UnreadablePart
from service.importers.plain_yaml import NotData, parsed
from service.importers.shown_text import from_lines
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source

_COMMENT = re.compile(r"(?:.*/)?([^/]+)/([0-9]+(?:-[0-9]+)*)\.(?:xml|json)")
_INFO = "metadata/page-info.json"
_STATUSES = {"approved": Status.APPROVED, "": Status.APPROVED, "pending": Status.PENDING}


def sniff(opening: Opening) -> bool:
    """Whether a source is such a folder: it has threads in it, or is one."""
    names = file_names(opening)
    return any(re.search(r"(^|/)threads/[^/]+/", name) or name.endswith(_INFO) for name in names) and any(
        _COMMENT.fullmatch(f"x/{name}") for name in names
    )


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a folder, which is read twice. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    pages = dict(_pages(source))
    for item in named_files(source, (".xml", ".json")):
        if isinstance(item, UnreadablePart):
            yield item
            continue
        name, content = item
        if match := _COMMENT.fullmatch(f"thread/{name}"):
            thread, number = match[1], match[2]
            try:
                row = _xml(content) if name.endswith(".xml") else typed_values.mapping(parsed(name, content))
            except NotData as reason:
                yield UnreadablePart(str(reason), name)
                continue
            yield _comment(pages.get(thread) or page_at("", thread), number, row)


def _pages(source: Source) -> Iterator[tuple[str, IncomingPage]]:
    for item in named_files(source, (_INFO,)):
        if isinstance(item, UnreadablePart):
            continue
        name, content = item
        try:
            info = typed_values.mapping(parsed(name, content))
        except NotData:
            continue
        thread = PurePosixPath("thread", name).parts[-3]
        closed = typed_values.text(info.get("status")) == "closed"
        yield (
            thread,
            page_at(
                typed_values.text(info.get("url")), thread, title=typed_values.text(info.get("title")), closed=closed
            ),
        )


def _xml(content: bytes) -> dict[str, Any]:
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise NotData(ImportSentence.FILE_NO_XML) from error
    return {element.tag: element.text or "" for element in root}


def _comment(page: IncomingPage, number: str, row: dict[str, Any]) -> Incoming:
    status = typed_values.text(row.get("status")).strip().lower()
    known = _STATUSES.get(status)
    body = re.sub(r"^[ \t]+", "", typed_values.text(row.get("body")), flags=re.MULTILINE)  # it is set in by two tabs
    return typed_values.comment(
        page,
        blog="hashover",
        number=number,
        parent=number.rpartition("-")[0],
        status=known or Status.PENDING,
        author=typed_values.unescaped(row.get("name")),
        site=typed_values.unescaped(row.get("website")),
        words=from_lines(body),
        at=typed_values.date(row.get("date")),
        notes=() if known else (ImportSentence.UNKNOWN_STATUS,),
        skip=ImportSentence.DELETED if status == "deleted" else "",
    )
