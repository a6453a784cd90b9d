"""Blogger's Atom: the backup of the old dashboard (``blog-…xml``), and the ``feed.atom`` of Google Takeout.

Both hold posts and comments as entries. In a backup a comment names its page; in Takeout's it names its post, which may
come later.
"""

import re
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING

from db.models import Status
from service.importers import typed_values
from service.importers.folder_export import file_names
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, IncomingPage, Remark, UnreadablePart
from service.importers.shown_text import from_lines
from service.importers.source_addresses import page_at, real_hosts_first
from service.importers.source_file import BadSource, FirstReading, Opening, Source, Text
from service.importers.xml_stream import attribute, child, child_text, local, xml_elements

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


_FEED = "feed.atom"
_KIND = "/blogger/2008/kind#"
_NUMBER = re.compile(r"[0-9]+")
_STATUSES = {
    "": Status.APPROVED, "live": Status.APPROVED, "pending": Status.PENDING, "pending_moderation": Status.PENDING,
    "ghosted": Status.PENDING, "spam": Status.SPAM, "spam_comment": Status.SPAM,
}  # fmt: skip
_GONE = ("emptied", "soft_trashed", "deleted")


def sniff(opening: Opening) -> bool:
    """Whether a source begins as one of the two."""
    start = opening.text[:8192]
    is_feed = "<feed" in start and ("blogger" in start or "schemas.google.com" in start)
    return is_feed or any(name.endswith(_FEED) for name in file_names(opening))


def read(source: Source) -> Iterator[Incoming]:
    """The comments of a file, which is read twice: for its posts, then for its comments. Raises BadSource."""
    return real_hosts_first(_read(source))


def _read(source: Source) -> Iterator[Incoming]:
    posts: dict[str, IncomingPage] = {}
    drafts: set[str] = set()
    for entry in FirstReading(_entries(source)):
        if isinstance(entry, (UnreadablePart, Remark)):
            continue  # told by the second reading
        number = _number(child_text(entry, "id"))
        if _kind(entry) in ("post", "page") and number:
            posts[number] = _page(entry, number)
            if _is_hidden(entry):
                drafts.add(number)
    for entry in _entries(source):
        if isinstance(entry, (UnreadablePart, Remark)):
            yield entry
        elif _kind(entry) == "comment":
            on = _post_of(entry)
            yield _comment(entry, posts.get(on) or _page_named_by(entry, on), is_hidden=on in drafts)


def _entries(source: Source) -> "Iterator[Element | UnreadablePart | Remark]":
    return xml_elements(lambda: _feed(source), "feed", ("entry",), "Blogger")


def _feed(source: Source) -> Text:
    """The file; of a zip of Takeout, which also holds pictures and settings, the only feed."""
    feeds = [name for name in file_names(source.opening()) if name.endswith(_FEED)]
    if len(feeds) > 1:
        raise BadSource(ImportSentence.SEVERAL_BLOGS % {"file": _FEED})
    return next((text for text in source.texts() if not feeds or text.name == feeds[0]), source.text())


def _kind(entry: "Element") -> str:
    kinds = (attribute(each, "term") for each in entry if local(each.tag) == "category")
    old = next((kind.rpartition("#")[2] for kind in kinds if _KIND in kind), "")
    return old or child_text(entry, "type").strip().lower()


def _number(name: str) -> str:
    """The last number of ``tag:blogger.com,1999:blog-7.post-12``, or of the address of a feed."""
    numbers = _NUMBER.findall(name.partition("?")[0])
    return numbers[-1] if numbers else ""


def _page(post: "Element", number: str) -> IncomingPage:
    links = [each for each in post if local(each.tag) == "link" and attribute(each, "rel") == "alternate"]
    address = child_text(post, "filename").strip() or next((attribute(each, "href") for each in links), "")
    return page_at(address, number, title=typed_values.text(unescape(child_text(post, "title"))))


def _is_hidden(post: "Element") -> bool:
    is_draft = typed_values.truth(child_text(child(post, "control"), "draft"))
    return is_draft or child_text(post, "status").strip().lower() not in ("", "live")


def _post_of(comment: "Element") -> str:
    answered = child(comment, "in-reply-to")
    return _number(child_text(comment, "parent") if answered is None else attribute(answered, "ref"))


def _page_named_by(comment: "Element", on: str) -> IncomingPage:
    answered = child(comment, "in-reply-to")
    address = (
        "" if answered is None or attribute(answered, "type") == "application/atom+xml" else attribute(answered, "href")
    )
    return page_at(address, on)


def _parent(comment: "Element") -> str:
    related = (attribute(each, "href") for each in comment if attribute(each, "rel") == "related")
    return _number(child_text(comment, "inReplyTo")) or _number(next(related, ""))


def _comment(entry: "Element", page: IncomingPage, *, is_hidden: bool) -> Incoming:
    number, parent = _number(child_text(entry, "id")), _parent(entry)
    state = child_text(entry, "status").strip().lower()
    removed = any(attribute(each, "name") == "blogger.contentRemoved" for each in entry)
    is_gone = removed or state in _GONE or child_text(entry, "trashed").strip()
    author, known = child(entry, "author"), _STATUSES.get(state)
    mail = child_text(author, "email")
    notes = [ImportSentence.HIDDEN_POST] if is_hidden else [] if known else [ImportSentence.UNKNOWN_STATUS]
    return typed_values.comment(
        page,
        blog="blogger",
        number=number,
        parent=parent,
        status=Status.PENDING if notes and known is not Status.SPAM else known or Status.PENDING,
        author=child_text(author, "name"),
        mail="" if mail == "noreply@blogger.com" else mail,
        site=child_text(author, "uri"),
        words=from_lines(child_text(entry, "content")),
        at=typed_values.date(child_text(entry, "published")),
        notes=tuple(notes),
        skip=ImportSentence.DELETED if is_gone else "",
    )
