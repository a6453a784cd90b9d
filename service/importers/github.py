"""giscus and utterances keep comments on GitHub: as discussions, and as issues. The JSON of GitHub's API, either kind.

A page's thread is found by its title, and made with the page's address in its first post.
"""

import re
from collections.abc import Iterator
from typing import Any

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage, Remark, UnreadablePart
from service.importers.json_stream import json_keys, json_values
from service.importers.shown_text import from_markdown
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import Opening, Source

_PLACES = {
    f"{before}{name}"
    for before in ("data.repository.", "repository.", "")
    for name in ("discussions.nodes[]", "issues.nodes[]", "discussion", "issue")
} | {"[]", "nodes[]", "discussions[]", "issues[]"}
_ADDRESS = re.compile(
    r"^[^\S\n]*(?:#+[^\S\n]+)?\[?<?(https?://[^\s\]<>()]+)(?:\]\(\S+\)|>)?[^\S\n]*$", re.MULTILINE
)  # spaces of one line only: over many empty lines ``\s*`` would take time that grows with their square


def sniff_giscus(opening: Opening) -> bool:
    """Whether a source begins as discussions."""
    return {"title", "comments", "body"} <= (keys := json_keys(opening)) and bool({"discussions", "replies"} & keys)


def sniff_utterances(opening: Opening) -> bool:
    """Whether a source begins as issues."""
    return {"title", "comments", "body", "number"} <= json_keys(opening)


def read(source: Source) -> Iterator[Incoming]:
    """The comments of discussions or issues. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    for count, (_, thread) in enumerate(json_values(source, _PLACES), 1):
        if not isinstance(thread, dict):
            yield UnreadablePart(ImportSentence.VALUE_NO_THREAD, ImportSentence.VALUE % {"number": count})
            continue
        page = _page(thread)
        rows, is_whole = _listed(thread.get("comments"))
        for row in rows:
            yield _comment(page, row, "")
            answers, has_all = _listed(row.get("replies"))
            is_whole = is_whole and has_all
            for answer in answers:
                yield _comment(page, answer, _number(row))
        if not is_whole:
            yield Remark(ImportSentence.MORE_COMMENTS % {"number": typed_values.text(thread.get("number")) or "?"})


def _listed(value: Any) -> tuple[list[dict[str, Any]], bool]:
    """The objects of a list, plain or as GraphQL wraps it, and whether it holds all there are."""
    if isinstance(value, list):
        return typed_values.objects(value), True
    wrapped = typed_values.mapping(value)
    rows, total = typed_values.objects(wrapped.get("nodes")), wrapped.get("totalCount")
    more = typed_values.truth(typed_values.mapping(wrapped.get("pageInfo")).get("hasNextPage"))
    return rows, not more and not (isinstance(total, int) and total > len(rows))


def _page(thread: dict[str, Any]) -> IncomingPage:
    """The page of a thread. Discussions and issues of other kinds have neither address nor a path for a title."""
    title = typed_values.text(thread.get("title")).strip()
    number = typed_values.number(thread.get("number"))
    addresses = _ADDRESS.findall(typed_values.text(thread.get("body")))
    if addresses:
        address, trouble = addresses[-1], ""
    elif title == "index":
        address, trouble = "/", ""
    else:
        address, trouble = title, ImportSentence.NO_ADDRESS if re.search(r"\s", title) else ""
    return page_at(address, number, title, closed=typed_values.truth(thread.get("locked")), trouble=trouble)


def _number(row: dict[str, Any]) -> str:
    """The number in a comment's address, ``#discussioncomment-12``, which REST calls ``id``."""
    return typed_values.number(row.get("databaseId")) or typed_values.number(row.get("id"))


def _comment(page: IncomingPage, row: dict[str, Any], parent: str) -> Incoming:
    author = typed_values.mapping(row.get("author") or row.get("user"))
    hidden = typed_values.truth(row.get("isMinimized"))
    is_spam = hidden and typed_values.text(row.get("minimizedReason")).lower() == "spam"
    return typed_values.comment(
        page,
        blog="github",
        number=_number(row),
        parent=parent,
        status=Status.SPAM if is_spam else Status.PENDING if hidden else Status.APPROVED,
        author=author.get("login"),
        site=author.get("html_url") or author.get("url"),
        words=from_markdown(typed_values.text(row.get("body"))),
        at=typed_values.date(row.get("createdAt") or row.get("created_at")),
        edited=typed_values.date(row.get("lastEditedAt")),
        notes=(ImportSentence.HIDDEN,) if hidden and not is_spam else (),
        skip=ImportSentence.DELETED if row.get("deletedAt") else "",
    )
