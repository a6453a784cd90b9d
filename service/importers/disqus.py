"""Disqus's XML: the threads, then the posts, which name their thread by its number.

It holds no websites, no emails (but for old files), and nothing about which comments wait for approval.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from db.models import Status
from service.importers import typed_values
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, Incoming, IncomingPage, Remark, UnreadablePart
from service.importers.shown_text import from_html
from service.importers.source_addresses import page_at, real_hosts_first, same_page
from service.importers.source_file import Opening, Source
from service.importers.xml_stream import attribute, child, child_text, local, xml_elements

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_MENTION = re.compile(r"(@[\w-]{1,60}):disqus\b")


def sniff(opening: Opening) -> bool:
    """Whether a source begins as Disqus's XML."""
    return "<disqus" in opening.text[:4096]


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export. Threads of one address are one page, with the names of all. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    threads = _Threads()
    for element in xml_elements(source.text, "disqus", ("category", "thread", "post"), "Disqus"):
        if isinstance(element, (UnreadablePart, Remark)):
            yield element
        elif local(element.tag) == "thread":
            threads.add(element)
        elif local(element.tag) == "post":
            if threads.posts == 0:
                yield Remark(ImportSentence.ALL_APPROVED)
            threads.posts += 1
            yield _comment(element, threads)


class _Threads:
    """The threads by their numbers. ``posts`` counts the comments read so far."""

    def __init__(self) -> None:
        self.posts = 0
        self.deleted: set[str] = set()
        self.same: dict[str, str] = {}  # a post's number → that of the first one of the same comment
        self._first: dict[tuple[str, str], str] = {}
        self._keys: dict[str, str] = {}
        self._pages: dict[str, IncomingPage] = {}

    def add(self, thread: "Element") -> None:
        """Take in a thread; its page is that of earlier threads with the same address."""
        number = attribute(thread, "id")
        page = page_at(
            child_text(thread, "link"),
            number,
            child_text(thread, "id"),
            title=typed_values.text(unescape(child_text(thread, "title"))),
            closed=typed_values.truth(child_text(thread, "isClosed")),
        )
        key = same_page(page)
        if typed_values.truth(child_text(thread, "isDeleted")):
            self.deleted.add(number)
            key += "\ndeleted"
        self._keys[number] = key
        known = self._pages.setdefault(key, page)
        if known is not page:
            names = tuple(dict.fromkeys((*known.names, *page.names)))
            title, closed = known.title or page.title, known.closed or page.closed
            self._pages[key] = replace(known, names=names, title=title, closed=closed)

    def is_twice(self, number: str, thread: str, named: str) -> bool:
        """Whether a post is the same comment as an earlier one. Sites that moved from WordPress to Disqus twice, under
        two addresses, have each of their comments in two threads; ``named`` is its number in WordPress, if it has one.
        """
        if not named.startswith("wp_id="):
            return False
        first = self._first.setdefault((self._keys.get(thread, ""), named), number)
        if first != number:
            self.same[number] = first
        return first != number

    def page(self, number: str) -> IncomingPage:
        """The page of a thread."""
        key = self._keys.get(number)
        return self._pages[key] if key is not None else page_at("", number, trouble=ImportSentence.NO_THREAD)


def _comment(post: "Element", threads: _Threads) -> Commented:
    thread, above, author = child(post, "thread"), child(post, "parent"), child(post, "author")
    on = "" if thread is None else attribute(thread, "id")
    page, number = threads.page(on), typed_values.number(attribute(post, "id"))
    parent = "" if above is None else typed_values.number(attribute(above, "id"))
    is_twice = threads.is_twice(number, on, child_text(post, "id").strip())
    is_deleted = typed_values.truth(child_text(post, "isDeleted"))
    return typed_values.comment(
        page,
        blog="disqus",
        number=number,
        parent=threads.same.get(parent, parent),
        status=Status.SPAM if typed_values.truth(child_text(post, "isSpam")) else Status.APPROVED,
        author=child_text(author, "name") or child_text(author, "username"),
        mail=child_text(author, "email"),
        words=from_html(_MENTION.sub(r"\1", child_text(post, "message")), _real_address),
        at=typed_values.date(child_text(post, "createdAt")),
        skip=_reason_to_skip(is_deleted=is_deleted, is_twice=is_twice, of_thread=on in threads.deleted),
    )


def _reason_to_skip(*, is_deleted: bool, of_thread: bool, is_twice: bool) -> str:
    if is_deleted:
        return ImportSentence.DELETED
    if of_thread:
        return ImportSentence.THREAD_DELETED
    return ImportSentence.FROM_WORDPRESS if is_twice else ""


def _real_address(address: str) -> str:
    """Where a link through Disqus's counter leads: ``disq.us/url?url=ADDRESS:CHECK``."""
    try:
        parts = urlsplit(address)
        if parts.hostname != "disq.us" or parts.path != "/url":
            return address
        target = parse_qs(parts.query, max_num_fields=20).get("url", [""])[0]
    except ValueError:
        return address
    return re.sub(r":[\w-]{1,60}\Z", "", target) if re.match(r"https?://", target) else address
