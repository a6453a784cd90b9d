"""Remark42's backup: a line about users and pages, then a comment on each line (``backup-SITE-DATE.gz``)."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import fields
from service.importers.addresses import page_at, real_hosts_first, same_page
from service.importers.import_sentences import ImportSentence
from service.importers.json_stream import json_keys, json_lines
from service.importers.model import Incoming, Unreadable
from service.importers.shown_text import from_html, from_markdown
from service.importers.source import Opening, Source


def sniff(opening: Opening) -> bool:
    """Whether a source begins as a backup."""
    keys = json_keys(opening)
    return {"pid", "locator", "user"} <= keys or {"version", "users", "posts"} == keys & {
        "version",
        "users",
        "posts",
        "db",
    }


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a backup, with the emails of those who follow a thread. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    emails: dict[str, str] = {}
    closed: set[str] = set()
    for item in json_lines(source):
        if isinstance(item, Unreadable):
            yield item
            continue
        place, row = item
        if not isinstance(row, dict):
            yield Unreadable(ImportSentence.LINE_NO_COMMENT, place)
        elif "locator" not in row and "users" in row:
            for user in fields.objects(row["users"]):
                emails[fields.text(user.get("id"))] = fields.email(fields.mapping(user.get("details")).get("email"))
            read_only = (each for each in fields.objects(row.get("posts")) if fields.truth(each.get("read_only")))
            closed |= {same_page(page_at(fields.text(each.get("url")))) for each in read_only}
        else:
            yield _comment(row, emails, closed)


def _comment(row: dict[str, Any], emails: dict[str, str], closed: set[str]) -> Incoming:
    user, locator = fields.mapping(row.get("user")), fields.mapping(row.get("locator"))
    address = fields.text(locator.get("url"))
    page = page_at(
        address,
        title=fields.unescaped(row.get("title")),
        closed=bool(closed) and same_page(page_at(address)) in closed,
    )
    typed, shown = fields.text(row.get("orig")), fields.text(row.get("text"))
    return fields.comment(
        page,
        blog=fields.text(locator.get("site")) or "remark42",
        number=fields.number(row.get("id")),
        parent=fields.number(row.get("pid")),
        status=Status.APPROVED,
        author=fields.unescaped(user.get("name")),
        mail=emails.get(fields.text(user.get("id")), ""),
        words=from_markdown(typed) if typed and not fields.truth(row.get("imported")) else from_html(shown or typed),
        at=fields.date(row.get("time")),
        edited=fields.date(fields.mapping(row.get("edit")).get("time")),
        skip=ImportSentence.DELETED if fields.truth(row.get("delete")) else "",
    )
