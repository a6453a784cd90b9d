"""Cusdis has no export: its SQLite database, as Prisma writes it. Dates are milliseconds or text."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from db.models import Status
from service.importers import typed_values
from service.importers.foreign_database import ForeignDatabase, has_columns, open_sqlite
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage
from service.importers.shown_text import from_markdown
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source


def sniff(opening: Opening) -> bool:
    """Whether a source begins as a database of Cusdis."""
    return has_columns(opening, "projects.id", "pages.slug", "comments.by_nickname")


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a database. If it holds several sites, the first one is imported. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    with open_sqlite(source) as database:
        users = {typed_values.number(row.get("id")): row for row in database.rows("users")}
        projects = {typed_values.number(row.get("id")): row.get("deleted_at") for row in database.rows("projects")}
        deleted = {number for number, at in projects.items() if at}
        pages, on_deleted = _pages(database, deleted, next((each for each in projects if each not in deleted), ""))
        for row in database.rows("comments"):
            on = typed_values.number(row.get("pageid"))
            page = pages.get(on) or page_at("", on, trouble=ImportSentence.NO_PAGE)
            skip = ImportSentence.DELETED if row.get("deletedat") else ""
            skip = skip or (ImportSentence.PROJECT_DELETED if on in on_deleted else "")
            yield _comment(row, page, users.get(typed_values.number(row.get("moderatorid")), {}), skip)


def _pages(database: ForeignDatabase, deleted: set[str], first: str) -> tuple[dict[str, IncomingPage], set[str]]:
    pages: dict[str, IncomingPage] = {}
    on_deleted = set()
    for row in database.rows("pages"):
        number, project = typed_values.number(row.get("id")), typed_values.number(row.get("projectid"))
        slug, url = typed_values.text(row.get("slug")), typed_values.text(row.get("url"))
        page = page_at(url or slug, slug, title=typed_values.text(row.get("title")))
        if project in deleted:
            on_deleted.add(number)
        elif project != first:
            host = (urlsplit(url).hostname if page.path and "://" in url else "") or ""
            page = replace(page, host=host) if host else page_at("", slug, trouble=ImportSentence.OTHER_SITE)
        pages[number] = page
    return pages, on_deleted


def _comment(row: dict[str, Any], page: IncomingPage, moderator: dict[str, Any], skip: str) -> Incoming:
    name = typed_values.text(moderator.get("displayname")) or typed_values.text(moderator.get("name"))
    return typed_values.comment(
        page,
        blog="cusdis",
        number=typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("parentid")),
        status=Status.APPROVED if typed_values.truth(row.get("approved")) else Status.PENDING,
        author=typed_values.text(row.get("by_nickname")) or name,
        mail=typed_values.text(row.get("by_email")) or moderator.get("email"),
        words=from_markdown(typed_values.text(row.get("content"))),
        at=typed_values.date(row.get("created_at")),
        skip=skip,
    )
