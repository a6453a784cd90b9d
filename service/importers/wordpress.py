"""WordPress's export (WXR 1.0 to 1.2): RSS with the comments inside each item (``wp-admin/includes/export.php``).

Exports contain no spam. They contain IP addresses and user agents, which are not read.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit, urlunsplit
from xml.etree.ElementTree import ParseError  # the exception only: defusedxml reads

import nh3
from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]  # it ships no types
from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]  # nor here

from db.models import Status
from service.importers.model import Commented, EmptyPage, Incoming, IncomingComment, IncomingPage, Skipped
from service.importers.source import BadSource, Opening, Source, Text
from service.markup import one_line

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

STATUSES = {
    "1": Status.APPROVED,
    "approve": Status.APPROVED,
    "approved": Status.APPROVED,
    "0": Status.PENDING,
    "hold": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
    "post-trashed": Status.TRASH,
}
OTHER_STATUS = "unknown status, held for moderation"
LOCAL_DATE = "no UTC date, the blog's local time taken as UTC"
PAGE_DATE = "no date, the page's taken"
UNPUBLISHED = "on a page that was not public (draft, private, trash or password)"

_NAMESPACE = re.compile(r"^\{https?://wordpress\.org/export/1\.\d+/\}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_NO_PAGES = {"attachment", "revision", "nav_menu_item"}
_BASES = ("wp:base_blog_url", "wp:base_site_url", "link")
_OF_A_PAGE = {
    "link", "title", "wp:post_id", "wp:post_name", "wp:post_type", "wp:post_date", "wp:post_date_gmt",
    "wp:post_password", "wp:status", "wp:comment_status",
}  # fmt: skip
_DEEPEST = 50
_NO_EXPORT = "This is no WordPress export (WXR)"


def sniff(opening: Opening) -> bool:
    """Whether a source begins as an RSS file that has WordPress's elements."""
    return "<rss" in opening.text and "wordpress.org/export/" in opening.text


def read(source: Source) -> Iterator[Incoming]:
    """The comments of an export, in its order. Keeps one article in memory at a time. Raises BadSource."""
    export = _Export()
    try:
        yield from export.read(source.text())
    except ParseError as error:
        line, column = error.position
        if not export.recognised:
            raise BadSource(f"{_NO_EXPORT}: it is no XML at line {line}, column {column}.") from error
        raise BadSource(f"The file broke at line {line}, column {column}; what follows was not read.") from error
    except DefusedXmlException as error:
        raise BadSource("The file declares a document type or entities, which no WordPress export does.") from error


class _Export:
    """The state of reading: the blog's URLs, and the current item."""

    def __init__(self) -> None:
        self.recognised = False
        self._blog: dict[str, str] = {}
        self._item: dict[str, str] = {}
        self._page: IncomingPage | None = None

    def read(self, text: Text) -> Iterator[Incoming]:
        for parents, element in _ended(text):
            name = _name(element)
            self.recognised = self.recognised or name.startswith("wp:")
            if len(parents) == 2:  # of the channel
                if name in _BASES:
                    self._blog[name] = element.text or ""
                if name == "item" and self._page is None and self._takes_comments():
                    yield EmptyPage(self._read_page())
                self._item, self._page = {}, None
                parents[-1].clear()
            elif len(parents) == 3 and name == "wp:comment":
                yield self._comment({_name(field): field.text or "" for field in element})
                parents[-1].remove(element)
            elif len(parents) == 3:
                if name in _OF_A_PAGE:
                    self._item[name] = element.text or ""
                element.clear()
        if not self.recognised:
            raise BadSource(f"{_NO_EXPORT}: it has none of its elements.")

    def _comment(self, field: dict[str, str]) -> Commented:
        page = self._page = self._page or self._read_page()
        number, parent = _number(field.get("wp:comment_id")), _number(field.get("wp:comment_parent"))
        kind = field.get("wp:comment_type", "").strip() or "comment"
        if reason := self._reason_to_skip(number, kind):
            return Skipped(page, number or "?", parent, reason)
        when, *notes = self._when(field)
        if when is None:
            return Skipped(page, number, parent, "no date")
        status = STATUSES.get(field.get("wp:comment_approved", "").strip())
        if status is None:
            notes.append(OTHER_STATUS)
        if self._unpublished():
            notes.append(UNPUBLISHED)
        return IncomingComment(
            page=page,
            blog=self._identity(),
            number=number,
            parent=parent,
            status=status or Status.PENDING,
            author=one_line(unescape(field.get("wp:comment_author", ""))),  # WordPress stores it as HTML
            email=field.get("wp:comment_author_email", "").strip(),
            url=unescape(field.get("wp:comment_author_url", "")).strip(),
            text=field.get("wp:comment_content", "").strip(),
            format="html",
            created_at=when,
            notes=tuple(notes),
        )

    def _takes_comments(self) -> bool:
        return self._item.get("wp:post_type", "").strip() not in _NO_PAGES and not self._unpublished()

    def _reason_to_skip(self, number: str, kind: str) -> str:
        if kind != "comment":
            return f"of the type {one_line(kind)[:20]}"
        post_type = self._item.get("wp:post_type", "").strip()
        if post_type in _NO_PAGES:
            return f"on an entry of the type {post_type}, which is no page"
        return "" if number else "no number"

    def _when(self, field: dict[str, str]) -> "tuple[datetime | None, *tuple[str, ...]]":
        if at := _date(field.get("wp:comment_date_gmt")):
            return (at,)
        if at := _date(field.get("wp:comment_date")):
            return at, LOCAL_DATE
        return _date(self._item.get("wp:post_date_gmt")) or _date(self._item.get("wp:post_date")), PAGE_DATE

    def _unpublished(self) -> bool:
        status = self._item.get("wp:status", "").strip() or "publish"
        return status != "publish" or bool(self._item.get("wp:post_password", "").strip())

    def _read_page(self) -> IncomingPage:
        link = self._item.get("link", "").strip()
        names = (self._item.get("wp:post_id", "").strip(), self._item.get("wp:post_name", "").strip(), link)
        path, trouble = _place(link, self._hosts())
        return IncomingPage(
            names=tuple(filter(None, names)),
            path=path,
            title=one_line(unescape(nh3.clean(self._item.get("title", ""), tags=set()))),
            closed=self._item.get("wp:comment_status", "").strip() == "closed",
            trouble=trouble,
        )

    def _hosts(self) -> set[str]:
        """The blog's own hosts; a multisite network or a proxied blog may have two."""
        bases = (self._blog.get(name, "") for name in _BASES)
        return {_host(parts) for base in bases if (parts := _split(base)) and parts.netloc}

    def _identity(self) -> str:
        """Twelve hexadecimal digits for the blog, the same for http and https, with and without www."""
        base = self._blog.get("wp:base_blog_url") or self._blog.get("link") or ""
        parts = _split(base)
        address = _host(parts) + parts.path.rstrip("/") if parts else base
        return hashlib.sha256(address.encode()).hexdigest()[:12]


def _ended(text: Text) -> "Iterator[tuple[list[Element], Element]]":
    """Each element at its end tag, with its ancestors, the outermost first."""
    open_elements: list[Element] = []
    for event, element in iterparse(text, ("start", "end"), forbid_dtd=True):
        if event == "end":
            open_elements.pop()
            yield open_elements, element
            continue
        open_elements.append(element)
        if open_elements[0].tag != "rss":
            raise BadSource(f"{_NO_EXPORT}: it does not begin with <rss>.")
        if len(open_elements) > _DEEPEST:
            raise BadSource("The file's elements stand in one another deeper than in any WordPress export.")


def _name(element: "Element") -> str:
    """The tag with the prefix ``wp:``, for all versions of the format's namespace."""
    return _NAMESPACE.sub("wp:", element.tag)


def _number(text: str | None) -> str:
    """A positive number as text, or empty; WordPress writes 0 for none."""
    text = (text or "").strip()
    return text.lstrip("0") if _NUMBER.fullmatch(text) else ""


def _date(text: str | None) -> datetime | None:
    """A date in UTC; None for a missing one, which WordPress writes as 0000-00-00 00:00:00."""
    try:
        at = datetime.strptime((text or "").strip(), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return at if at.year >= 1970 else None


def _place(link: str, hosts: set[str]) -> tuple[str, str]:
    """The path and query of an item's link and an empty text, or an empty path and the reason."""
    parts = _split(link)
    if not link or parts is None or not (parts.netloc or link.startswith("/")):
        return "", "its page has no address"
    if hosts and parts.netloc and _host(parts) not in hosts:
        return "", "its page is on another host than the blog"
    return urlunsplit(("", "", parts.path or "/", parts.query, "")), ""


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address.strip())
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    return re.sub(r":(80|443)$", "", parts.netloc.lower()).removeprefix("www.")
