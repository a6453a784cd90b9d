"""The comments of a WordPress export, made of the fields that ``wxr_outline`` reads."""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from html import unescape
from urllib.parse import SplitResult, urlsplit, urlunsplit

from db.models import Status
from service.importers import typed_values
from service.importers.dates import parse_date
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Commented, EmptyPage, Incoming, IncomingComment, IncomingPage, Skipped
from service.importers.wxr_outline import BASES
from service.number_parsing import whole_number
from service.safe_html import without_tags
from service.visible_text import one_line

STATUSES = {
    "1": Status.APPROVED,
    "approve": Status.APPROVED,
    "approved": Status.APPROVED,
    "0": Status.PENDING,
    "hold": Status.PENDING,
    "pending": Status.PENDING,
    "spam": Status.SPAM,
    "trash": Status.TRASH,
    "post-trashed": Status.TRASH,
}

_NUMBER = re.compile(r"[0-9]{1,20}")
_NUMBERS = re.compile(r"[0-9]{1,20}(?:\s*,\s*[0-9]{1,20})+")
_NO_PAGES = {"attachment", "revision", "nav_menu_item"}
_KINDS = {"", "comment", "review"}
_NO_EMAIL = {"none@wordpress.disqus.net"}
_CUT = 200  # the width of WordPress's column


class WxrExport:
    """The state of reading: the blog's addresses, and the current item."""

    def __init__(self) -> None:
        self.recognised = False
        self._taken: list[Incoming] = []
        self._blog: dict[str, str] = {}
        self._item: dict[str, str] = {}
        self._page: IncomingPage | None = None
        self._waiting: list[tuple[dict[str, str], dict[str, str]]] = []  # comments before their item's address
        self._seen = self._told = 0  # comments of the item: in this reading, and in any

    def taken(self) -> Iterator[Incoming]:
        """What was read since the last call."""
        taken, self._taken = self._taken, []
        yield from taken

    def channel_field(self, name: str, text: str) -> None:
        """See ``wxr_outline.Listener``."""
        self._blog.setdefault(name, text)

    def page_field(self, name: str, text: str) -> None:
        """See ``wxr_outline.Listener``."""
        self._item[name] = text

    def comment(self, fields: dict[str, str], meta: dict[str, str]) -> None:
        """See ``wxr_outline.Listener``."""
        self._seen += 1
        if self._seen <= self._told:
            return
        self._told = self._seen
        if "link" in self._item:
            self._taken.append(self._comment(fields, meta))
        else:
            self._waiting.append((fields, meta))

    def item_ended(self) -> None:
        """See ``wxr_outline.Listener``."""
        if not self._told and self.recognised and self._takes_comments():
            self._taken.append(EmptyPage(self._read_page()))
        self.item_given_up()

    def item_given_up(self) -> None:
        """Nothing more of the item can be read."""
        self._taken += [self._comment(fields, meta) for fields, meta in self._waiting]
        self._waiting, self._item, self._page = [], {}, None
        self._seen = self._told = 0

    def item_again(self) -> None:
        """The item is read from its start once more."""
        self._item, self._seen = {}, 0

    def _comment(self, field: dict[str, str], meta: dict[str, str]) -> Commented:
        page = self._page = self._page or self._read_page()
        number, (parent, *notes) = _number(field.get("wp:comment_id")), _parent(field.get("wp:comment_parent"))
        kind = field.get("wp:comment_type", "").strip()
        if reason := self._reason_to_skip(kind):
            return Skipped(page, number or "?", parent, reason, self._identity())
        when, *more = self._when(field)
        if when is None:
            return Skipped(page, number or "?", parent, ImportSentence.NO_DATE, self._identity())
        status, *of_status = self._status(field, meta)
        url, *of_url = _website(field.get("wp:comment_author_url", ""))
        email = field.get("wp:comment_author_email", "").strip()
        return IncomingComment(
            page=page,
            blog=self._identity(),
            number=number,
            parent=parent,
            status=status,
            author=one_line(unescape(field.get("wp:comment_author", ""))),  # WordPress stores it as HTML
            email="" if email in _NO_EMAIL else email,
            url=url,
            text=field.get("wp:comment_content", "").strip(),
            format="html",
            created_at=when,
            notes=(*notes, *more, *of_status, *of_url, *((ImportSentence.RATED,) if meta.get("rating") else ())),
        )

    def _status(self, field: dict[str, str], meta: dict[str, str]) -> tuple[Status, *tuple[str, ...]]:
        status = STATUSES.get(field.get("wp:comment_approved", "").strip())
        notes = (ImportSentence.UNPUBLISHED,) if self._unpublished() else ()
        if status is None:
            return Status.PENDING, ImportSentence.UNKNOWN_STATUS, *notes
        if status is Status.APPROVED and meta.get("private_mode", "").lower() not in ("", "0", "false"):
            return Status.PENDING, ImportSentence.PRIVATE, *notes  # of the theme Argon
        return status, *notes

    def _takes_comments(self) -> bool:
        return self._item.get("wp:post_type", "").strip() not in _NO_PAGES and not self._unpublished()

    def _reason_to_skip(self, kind: str) -> str:
        if kind not in _KINDS:
            return ImportSentence.OF_TYPE % {"type": one_line(kind)[:20]}
        post_type = self._item.get("wp:post_type", "").strip()
        return ImportSentence.ON_TYPE % {"type": post_type} if post_type in _NO_PAGES else ""

    def _when(self, field: dict[str, str]) -> tuple[datetime | None, *tuple[str, ...]]:
        if at := parse_date(field.get("wp:comment_date_gmt")):
            return (at,)
        if at := parse_date(field.get("wp:comment_date")):
            return at, ImportSentence.LOCAL_DATE
        at = parse_date(self._item.get("wp:post_date_gmt")) or parse_date(self._item.get("wp:post_date"))
        return at, ImportSentence.PAGE_DATE

    def _unpublished(self) -> bool:
        status = self._item.get("wp:status", "").strip() or "publish"
        return status != "publish" or bool(self._item.get("wp:post_password", "").strip())

    def _read_page(self) -> IncomingPage:
        link = self._item.get("link", "").strip()
        title = one_line(without_tags(self._item.get("title", "")))
        names = (self._item.get("wp:post_id", "").strip(), self._item.get("wp:post_name", "").strip(), link or title)
        path, host = _place(link)
        return IncomingPage(
            names=tuple(filter(None, names)),
            path=path,
            title=title,
            closed=self._item.get("wp:comment_status", "").strip() == "closed",
            host=host if host and self._hosts() and host not in self._hosts() else "",
            post_ids=tuple(filter(None, [whole_number(names[0], 0, digits=15)])),
        )

    def _hosts(self) -> set[str]:
        """The blog's own hosts; a multisite network or a proxied blog may have two."""
        bases = (self._blog.get(name, "") for name in BASES)
        return {_host(parts) for base in bases if (parts := _split(base)) and parts.netloc}

    def _identity(self) -> str:
        """Twelve hexadecimal digits for the blog, the same for http and https, with and without www."""
        return _identity(self._blog.get("wp:base_blog_url") or self._blog.get("link") or "")


@lru_cache(maxsize=16)
def _identity(base: str) -> str:
    parts = _split(base)
    address = _host(parts) + parts.path.rstrip("/") if parts else base
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def _number(text: str | None) -> str:
    """A comment's id as text, or empty; WordPress writes 0 for none. Other programs write texts."""
    text = (text or "").strip()
    return text.lstrip("0") if _NUMBER.fullmatch(text) else typed_values.number(text)


def _parent(text: str | None) -> tuple[str, *tuple[str, ...]]:
    """The parent's number, or empty; Duoshuo writes all ancestors, the nearest last."""
    text = (text or "").strip()
    if _NUMBERS.fullmatch(text):
        return _number(text.rpartition(",")[2]), ImportSentence.LIST_OF_PARENTS
    return (_number(text),)


def _website(text: str) -> tuple[str, *tuple[str, ...]]:
    """A website; one as long as WordPress's column was cut to fit it, and leads nowhere."""
    return ("", ImportSentence.CUT_WEBSITE) if len(text.strip()) == _CUT else (unescape(text).strip(),)


def _place(link: str) -> tuple[str, str]:
    """The path and query of an item's link, and its host; both empty if it is no address."""
    parts = _split(link)
    if not link or parts is None or not (parts.netloc or link.startswith("/")):
        return "", ""
    return urlunsplit(("", "", parts.path or "/", parts.query, "")), _host(parts)


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address.strip())
    except ValueError:
        return None


def _host(parts: SplitResult) -> str:
    return re.sub(r":(80|443)$", "", parts.netloc.lower()).removeprefix("www.")
