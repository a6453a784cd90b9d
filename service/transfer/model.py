"""What every importer gives: comments of another system on the pages they stand on, as plain values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from db.models import Status
from service.transfer.source import Source


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
class Uncommented:
    """A page without comments. Its number is to be known all the same: a form on it names it."""

    page: IncomingPage


Commented = IncomingComment | Skipped
Incoming = Commented | Uncommented
Reader = Callable[[Source], Iterator[Incoming]]
"""Reads a source from its beginning, the comments of a page together. Raises BadSource where it can read no further;
what it gave until then is good."""
