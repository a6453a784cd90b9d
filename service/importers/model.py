"""What every importer gives: comments of another system on the pages they stand on, as plain values."""

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
    """A page of another system. ``names`` are what the owner may call it by, its number there first.

    ``path`` is its address within the site, with the query (``/2026/hello/``). It is empty when the page has none,
    or one on a foreign host; ``trouble`` then says so.
    """

    names: tuple[str, ...]
    path: str
    title: str
    closed: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class IncomingComment:
    """A comment of another system. ``number`` is its name there and wanted as its id here, ``parent`` its parent's.

    ``blog`` tells two blogs apart whose comments have the same numbers. ``notes`` say what could not be read as it
    stood; each is a reason that the report counts.
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


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something among the comments that is not taken, with the reason. It may still stand between two that are."""

    page: IncomingPage
    number: str
    parent: str
    reason: str


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without comments. Its number is to be known all the same: a form on it names it."""

    page: IncomingPage


Commented = IncomingComment | Skipped
Incoming = Commented | EmptyPage
Reader = Callable[[Source], Iterator[Incoming]]
"""Reads a source from its beginning, the comments of a page together. Raises BadSource where it can read no further;
what it gave until then is good."""

_MOVE = re.compile(r"(.+?)=(https?://.+)", re.DOTALL)


class NoPlaceForPage(ValueError):
    """An incoming page has no place here. The message is the reason."""


@dataclass(frozen=True, slots=True)
class PageMapping:
    """``--page NAME=URL``: a page of the other system is this page here."""

    name: str
    page: PageRef

    def means(self, page: IncomingPage) -> bool:
        """Whether this is the page: by its number, its slug or its address."""
        return self.name.rstrip("/") in {name.rstrip("/") for name in page.names}


@dataclass(frozen=True, slots=True)
class PageMappings:
    """The pages of one site."""

    site_id: int
    origin: str
    moves: tuple[PageMapping, ...] = ()

    @classmethod
    def of(cls, site_id: int, origin: str, moves: Iterable[str]) -> "PageMappings":
        """Places with the owner's moves as typed. Raises BadPage for one that is none."""
        return cls(site_id, origin, tuple(_move(typed, site_id, origin) for typed in moves))

    def find(self, page: IncomingPage) -> PageRef:
        """The place of an incoming page. Raises Misplaced."""
        for move in self.moves:
            if move.means(page):
                return move.page
        if not page.path:
            raise NoPlaceForPage(page.trouble or "its page has no address")
        try:
            return resolve(self.origin + page.path, {self.origin: self.site_id})
        except BadPage as error:
            raise NoPlaceForPage("the address of its page cannot be used") from error


def _move(typed: str, site_id: int, origin: str) -> PageMapping:
    match = _MOVE.fullmatch(typed.strip())
    if match is None:
        raise BadPage(f"--page {typed}: write it as POST=URL, such as 5={origin}/article.")
    try:
        return PageMapping(match[1].strip(), resolve(match[2], {origin: site_id}))
    except UnknownOrigin as error:
        raise BadPage(f"--page {typed}: the page has to be one of {origin}.") from error


LONGEST = {"author": 245, "email": 100, "url": 200}
"""Characters that our columns hold."""

TITLE = 300
"""Characters that a page's title may have."""

LONG_TEXT = 65525
"""Bytes that our form takes in. A longer text is kept whole: somebody did write it."""

ANONYMOUS = "Anonymous"
_NO_ADDRESS = {"http://", "https://"}
_LONGEST_IDENTITY = 100


def fit_columns(comment: IncomingComment) -> tuple[dict[str, Any], list[str]]:
    """The comment's own columns, and what was changed to fit them."""
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
    """What a comment is known by among those of its system, however often it is imported."""
    name = f"{blog}:{number}"
    return name if len(name) <= _LONGEST_IDENTITY else hashlib.sha256(name.encode()).hexdigest()
