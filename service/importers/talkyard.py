"""Talkyard's site dump, a JSON object with lists. A page's title and body are posts, too: numbers 0 and 1."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage
from service.importers.json_stream import json_keys, json_values
from service.importers.shown_text import from_html, from_markdown
from service.importers.source_accounts import SourceAccount, SourceAccounts
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import FirstReading, Opening, Source

_OF_THE_PAGE = ("0", "1")


def sniff(opening: Opening) -> bool:
    """Whether a source begins as a dump."""
    keys = json_keys(opening)
    return "embeddingPageUrl" in keys or {"pagePaths", "posts"} <= keys


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a dump, which is read twice. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    pages: dict[str, IncomingPage] = {}
    people = SourceAccounts()
    reading = FirstReading(json_values(source, {"pages[]", "guests[]", "members[]"}))
    for place, value in reading:
        row = typed_values.mapping(value)
        number = typed_values.number(row.get("id"))
        if place == "pages[]":
            pages[number] = page_at(typed_values.text(row.get("embeddingPageUrl")), number)
        else:
            name = typed_values.text(row.get("fullName")) or row.get("username")
            people.add(number, SourceAccount(name, row.get("emailAddress") or row.get("primaryEmailAddress")))
    people.broken = reading.broken
    for _, value in json_values(source, {"posts[]"}):
        row = typed_values.mapping(value)
        if typed_values.number(row.get("nr")) not in _OF_THE_PAGE:
            on = typed_values.number(row.get("pageId"))
            page = pages.get(on) or page_at("", on, trouble=ImportSentence.NO_PAGE)
            yield _comment(row, page, people.find(typed_values.number(row.get("createdById"))))


def _comment(row: dict[str, Any], page: IncomingPage, person: SourceAccount) -> Incoming:
    number, parent = typed_values.number(row.get("nr")), typed_values.number(row.get("parentNr"), _OF_THE_PAGE)
    typed, html = typed_values.text(row.get("approvedSource")), typed_values.text(row.get("approvedHtmlSanitized"))
    is_shown = bool(typed or html) and not row.get("hiddenAt")
    return typed_values.comment(
        page,
        blog="talkyard",
        number=number,
        parent=parent,
        status=Status.APPROVED if is_shown else Status.PENDING,
        author=person.name,
        mail=person.email,
        words=from_html(html)
        if html and not typed
        else from_markdown(typed or typed_values.text(row.get("currRevSourcePatch"))),
        at=typed_values.date(row.get("createdAt")),
        edited=typed_values.date(row.get("currRevLastEditedAt")),
        skip=ImportSentence.DELETED if row.get("deletedAt") else person.skip,
    )
