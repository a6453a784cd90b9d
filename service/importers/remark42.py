"""Remark42's backup: a line about users and pages, then a comment on each line (``backup-SITE-DATE.gz``)."""

from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, UnreadablePart
from service.importers.json_stream import json_keys, json_lines
from service.importers.shown_text import from_html, from_markdown
from service.importers.source_addresses import page_at, real_hosts_first, same_page
from service.importers.source_file import Opening, Source


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
        if isinstance(item, UnreadablePart):
            yield item
            continue
        place, row = item
        if not isinstance(row, dict):
            yield UnreadablePart(ImportSentence.LINE_NO_COMMENT, place)
        elif "locator" not in row and "users" in row:
            for user in typed_values.objects(row["users"]):
                emails[typed_values.text(user.get("id"))] = typed_values.email(
                    typed_values.mapping(user.get("details")).get("email")
                )
            read_only = (
                each for each in typed_values.objects(row.get("posts")) if typed_values.truth(each.get("read_only"))
            )
            closed |= {same_page(page_at(typed_values.text(each.get("url")))) for each in read_only}
        else:
            yield _comment(row, emails, closed)


def _comment(row: dict[str, Any], emails: dict[str, str], closed: set[str]) -> Incoming:
    user, locator = typed_values.mapping(row.get("user")), typed_values.mapping(row.get("locator"))
    address = typed_values.text(locator.get("url"))
    page = page_at(
        address,
        title=typed_values.unescaped(row.get("title")),
        closed=bool(closed) and same_page(page_at(address)) in closed,
    )
    typed, shown = typed_values.text(row.get("orig")), typed_values.text(row.get("text"))
    return typed_values.comment(
        page,
        blog=typed_values.text(locator.get("site")) or "remark42",
        number=typed_values.number(row.get("id")),
        parent=typed_values.number(row.get("pid")),
        status=Status.APPROVED,
        author=typed_values.unescaped(user.get("name")),
        mail=emails.get(typed_values.text(user.get("id")), ""),
        words=from_markdown(typed)
        if typed and not typed_values.truth(row.get("imported"))
        else from_html(shown or typed),
        at=typed_values.date(row.get("time")),
        edited=typed_values.date(typed_values.mapping(row.get("edit")).get("time")),
        skip=ImportSentence.DELETED if typed_values.truth(row.get("delete")) else "",
    )
