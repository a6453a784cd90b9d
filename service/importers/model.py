"""The values that every importer yields: comments of another system and their pages."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from db.models import Status
from service.importers.source import Source
from service.urls import BadPage, PageRef, UnknownOrigin, resolve


@dataclass(frozen=True, slots=True)
class IncomingPage:
    """A page of another system. ``names`` are those it has in ``--page``, its number there first.

    ``path`` is its path and query (``/2026/hello/``), empty if it has no address; ``trouble`` may say why. ``host`` is
    set where the address is on another host than the blog's: such a page is taken only when the owner names the host.
    ``slug`` is for systems that know a page by a name that is no address: ``--slugs /blog/{slug}/`` makes one of it.
    """

    names: tuple[str, ...]
    path: str
    title: str
    closed: bool = False
    trouble: str = ""
    host: str = ""
    slug: str = ""


@dataclass(frozen=True, slots=True)
class IncomingComment:
    """A comment of another system. ``number`` is its id there, which it keeps here if free; ``parent`` its parent's.

    Both are text and may be anything, such as a UUID; an empty ``number`` is none, and the comment is then known by its
    page, author, date and text. ``blog`` distinguishes blogs (or threads) whose comments have the same numbers.
    ``notes`` say what was changed in reading; the report counts each. ``edited_at`` is when the author last changed it.
    ``source`` and ``source_id`` are for our own format only: where the comment came from in the first place.
    """

    page: IncomingPage
    blog: str
    number: str
    parent: str
    status: Status
    author: str
    email: str
    url: str
    text: str
    format: str
    created_at: datetime
    notes: tuple[str, ...] = ()
    edited_at: datetime | None = None
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A comment that is not imported, with the reason. Imported comments may still reply to it."""

    page: IncomingPage
    number: str
    parent: str
    reason: str


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without comments. Its number is recorded, since a theme's form on it names the page by it."""

    page: IncomingPage


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A part of the source that is broken and was passed over: an article, a line, a file of a folder.

    ``place`` says where, such as ``line 12`` or ``roses/comment-3.yml``. Reading goes on behind it.
    """

    reason: str
    place: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the source as a whole, such as that it was mended, or holds no emails. It costs no comment."""

    text: str


Commented = IncomingComment | Skipped
Incoming = Commented | EmptyPage | Unreadable | Remark
Reader = Callable[[Source], Iterator[Incoming]]
"""Yields a source's comments in any order. Raises BadSource where it cannot read further; what it yielded before is
imported."""

_MAPPING = re.compile(r"(.+?)=(https?://.+)", re.DOTALL)


class NoPlaceForPage(ValueError):
    """An incoming page has no URL here. The message is the reason."""


@dataclass(frozen=True, slots=True)
class PageMapping:
    """``--page NAME=URL``: which page here a page of the other system becomes."""

    name: str
    page: PageRef

    def matches(self, page: IncomingPage) -> bool:
        """Whether NAME is this page's number, slug or URL."""
        return self.name.rstrip("/") in {name.rstrip("/") for name in page.names}


@dataclass(frozen=True, slots=True)
class PageMappings:
    """The target site, and its ``--page`` options."""

    site_id: int
    origin: str
    items: tuple[PageMapping, ...] = ()

    @classmethod
    def of(cls, site_id: int, origin: str, options: Iterable[str]) -> "PageMappings":
        """Parse the ``--page`` options as typed. Raises BadPage for an invalid one."""
        return cls(site_id, origin, tuple(_mapping(option, site_id, origin) for option in options))

    def find(self, page: IncomingPage) -> PageRef:
        """The page here of an incoming page. Raises NoPlaceForPage."""
        for mapping in self.items:
            if mapping.matches(page):
                return mapping.page
        if not page.path:
            raise NoPlaceForPage(page.trouble or "its page has no address")
        try:
            return resolve(self.origin + page.path, {self.origin: self.site_id})
        except BadPage as error:
            raise NoPlaceForPage("the address of its page cannot be used") from error


def _mapping(typed: str, site_id: int, origin: str) -> PageMapping:
    match = _MAPPING.fullmatch(typed.strip())
    if match is None:
        raise BadPage(f"--page {typed}: write it as POST=URL, such as 5={origin}/article.")
    try:
        return PageMapping(match[1].strip(), resolve(match[2], {origin: site_id}))
    except UnknownOrigin as error:
        raise BadPage(f"--page {typed}: the page has to be one of {origin}.") from error


LONGEST = {"author": 245, "email": 100, "url": 200}
"""Column → its length in characters."""

TITLE = 300
"""Longest page title, in characters."""

LONG_TEXT = 65525
"""The form's limit in bytes. Longer imported texts are kept whole and noted."""

ANONYMOUS = "Anonymous"
_NO_ADDRESS = {"http://", "https://"}
_LONGEST_IDENTITY = 100


def fit_columns(comment: IncomingComment) -> tuple[dict[str, Any], list[str]]:
    """The comment's columns, and notes on what was changed to fit them."""
    row: dict[str, Any] = {name: getattr(comment, name).replace("\0", "") for name in (*LONGEST, "text")}
    notes = list(comment.notes)
    if row["url"] in _NO_ADDRESS:
        row["url"] = ""
    if not row["author"]:
        row["author"] = ANONYMOUS
        notes.append(f"no name, called {ANONYMOUS}")
    for name, longest in LONGEST.items():
        if len(row[name]) > longest:
            row[name] = row[name][:longest]
            notes.append(f"{name} cut to {longest} characters")
    if len(row["text"].encode()) > LONG_TEXT:
        notes.append(f"text longer than {LONG_TEXT:,} bytes, kept whole")
    return row | {"status": comment.status, "format": comment.format, "created_at": comment.created_at}, notes


def identity(blog: str, number: str) -> str:
    """The ``source_id``, which identifies a comment across repeated imports."""
    name = f"{blog}:{number}"
    return name if len(name) <= _LONGEST_IDENTITY else hashlib.sha256(name.encode()).hexdigest()
