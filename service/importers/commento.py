"""Commento's export (version 1) and Comentario's (versions 1 and 3): JSON, plain or gzip."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage, UnreadablePart
from service.importers.json_stream import json_keys, json_values
from service.importers.shown_text import from_html, from_markdown
from service.importers.source_accounts import SourceAccount, SourceAccounts
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import FirstReading, Opening, Source

_STATUSES = {"approved": Status.APPROVED, "unapproved": Status.PENDING, "flagged": Status.PENDING}
_NOBODY = ("anonymous", "0" * 64, "00000000-0000-0000-0000-000000000000", "")
_ROOT = ("root",)

Pages = dict[str, IncomingPage]


def sniff_commento(opening: Opening) -> bool:
    """Whether a source begins as an export of version 1."""
    return bool({"commentHex", "commenterHex"} & json_keys(opening))


def sniff_comentario(opening: Opening) -> bool:
    """Whether a source begins as an export of version 3."""
    keys = json_keys(opening)
    return {"domainId", "isReadonly"} <= keys or {"userCreated", "pageId"} <= keys or keys == {"version"}


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export. Writers and pages may stand behind them: the file is read twice. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    people, pages = _people_and_pages(source)
    for count, (_, row) in enumerate(json_values(source, {"comments[]"}), 1):
        if not isinstance(row, dict):
            yield UnreadablePart(ImportSentence.VALUE_NO_COMMENT, ImportSentence.VALUE % {"number": count})
        elif "commentHex" in row:
            yield _of_version_1(row, people)
        else:
            yield _of_version_3(row, people, pages)


def _people_and_pages(source: Source) -> tuple[SourceAccounts, Pages]:
    people, pages = SourceAccounts(), Pages()
    reading = FirstReading(json_values(source, {"commenters[]", "pages[]"}))
    for place, value in reading:
        row = typed_values.mapping(value)
        if place == "pages[]":
            closed = typed_values.truth(row.get("isReadonly"))
            address, title = typed_values.text(row.get("path")), typed_values.text(row.get("title"))
            pages[typed_values.number(row.get("id"))] = page_at(address, title=title, closed=closed, only_paths=True)
        else:
            number = typed_values.number(row.get("commenterHex")) or typed_values.number(row.get("id"))
            site = row.get("link") or row.get("websiteUrl")
            people.add(number, SourceAccount(row.get("name"), row.get("email"), site))
    people.broken = reading.broken
    return people, pages


def _of_version_1(row: dict[str, Any], people: SourceAccounts) -> Incoming:
    host = typed_values.text(row.get("domain")) or typed_values.text(row.get("host"))
    path = typed_values.text(row.get("url")) or typed_values.text(row.get("path"))
    whole = path if "://" in path or not host else f"https://{host}/{path.removeprefix('/')}"
    page = page_at(whole, path, only_paths=True)
    number, parent = typed_values.number(row.get("commentHex")), typed_values.number(row.get("parentHex"), _ROOT)
    writer, typed = typed_values.text(row.get("commenterHex")), typed_values.text(row.get("markdown"))
    # Commento blanks a deleted comment, but does not export that it is one.
    is_gone = typed_values.truth(row.get("deleted")) or (writer in _NOBODY and typed == "[deleted]")
    status = _STATUSES.get(typed_values.text(row.get("state")))
    person = people.find("" if writer in _NOBODY else writer)
    return typed_values.comment(
        page,
        blog=host or "commento",
        number=number,
        parent=parent,
        status=status or Status.PENDING,
        author=person.name,
        mail=person.email,
        site=person.website,
        words=from_markdown(typed) if typed else from_html(typed_values.text(row.get("html"))),
        at=typed_values.date(row.get("creationDate")),
        notes=() if status else (ImportSentence.UNKNOWN_STATUS,),
        skip=ImportSentence.DELETED if is_gone else person.skip,
    )


def _of_version_3(row: dict[str, Any], people: SourceAccounts, pages: Pages) -> Incoming:
    on = typed_values.number(row.get("pageId"))
    page = pages.get(on) or page_at("", on, trouble=ImportSentence.NO_PAGE)
    number, parent = typed_values.number(row.get("id")), typed_values.number(row.get("parentId"))
    approved, pending = (typed_values.truth(row.get(name)) for name in ("isApproved", "isPending"))
    typed, writer = typed_values.text(row.get("markdown")), typed_values.text(row.get("userCreated"))
    person = people.find("" if writer in _NOBODY else writer)
    return typed_values.comment(
        page,
        blog="comentario",
        number=number,
        parent=parent,
        status=Status.PENDING if pending else Status.APPROVED if approved else Status.TRASH,
        author=person.name or row.get("authorName"),
        mail=person.email,
        site=person.website,
        words=from_markdown(typed) if typed else from_html(typed_values.text(row.get("html"))),
        at=typed_values.date(row.get("createdTime")),
        edited=typed_values.date(row.get("editedTime")),
        skip=ImportSentence.DELETED if typed_values.truth(row.get("isDeleted")) else person.skip,
    )
