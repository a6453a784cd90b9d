"""The values that every importer yields: comments of another system and their pages."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from db.models import Status
from service.author_fields import PrivateAuthor, PublicAuthor
from service.importers.import_sentences import ImportSentence
from service.importers.source_file import Source
from service.known_sites import AS_BEFORE, KnownSite, KnownSites, PageRules
from service.page_address import PageRef, UnknownOrigin, resolve
from service.redirects import Moved, MovedPages, plain_host
from service.web_origin import BadPage


@dataclass(frozen=True, slots=True)
class IncomingPage:
    """A page of another system. ``names`` are those it has in ``--page``, its number there first.

    ``path`` is its path and query (``/2026/hello/``), empty if it has no address; ``trouble`` may say why. ``host`` is
    set where the address is on another host than the blog's: such a page is taken only when the owner names the host.
    ``slug`` is for systems that know a page by a name that is no address: ``--slugs /blog/{slug}/`` makes one of it.
    ``post_ids`` are its numbers in WordPress, by which forms of themes name it. ``created_at`` is when it began, of our
    own format; other pages begin with their oldest comment.
    """

    names: tuple[str, ...]
    path: str
    title: str
    closed: bool = False
    trouble: str = ""
    host: str = ""
    slug: str = ""
    post_ids: tuple[int, ...] = ()
    created_at: datetime | None = None


@dataclass(slots=True)
class IncomingComment(PublicAuthor, PrivateAuthor):
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
    text: str
    format: str
    created_at: datetime
    notes: tuple[str, ...] = ()
    edited_at: datetime | None = None
    source: str | None = None
    source_id: str | None = None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A comment that is not imported, with the reason. Imported comments may still reply to it, if ``blog`` is theirs;
    None is that of the comment before it."""

    page: IncomingPage
    number: str
    parent: str
    reason: str
    blog: str | None = None


@dataclass(frozen=True, slots=True)
class IncomingDeletedComment:
    """A comment that its author deleted, of our own format: its words are gone, its replies keep their place."""

    page: IncomingPage
    blog: str
    number: str
    parent: str
    created_at: datetime
    deleted_at: datetime


@dataclass(frozen=True, slots=True)
class EmptyPage:
    """A page without comments. Its number is recorded, since a theme's form on it names the page by it."""

    page: IncomingPage


@dataclass(frozen=True, slots=True)
class UnreadablePart:
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
Incoming = Commented | IncomingDeletedComment | EmptyPage | UnreadablePart | Remark
Reader = Callable[[Source], Iterator[Incoming]]
"""Yields a source's comments in any order. Raises BadSource where it cannot read further; what it yielded before is
imported."""

_MAPPING = re.compile(r"(.+?)=(https?://.+)", re.DOTALL)
_INDEX = re.compile(r"/index\.html?(?=\?|\Z)", re.IGNORECASE)


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
    """The target site, and where the owner wants its pages: ``items`` of ``--page``, ``moved`` of ``--map`` and
    ``--redirects``, ``hosts`` that are the blog's, too, a path with ``{slug}`` for pages without an address, and which
    addresses are one page here: ``rules``."""

    site_id: int
    origin: str
    items: tuple[PageMapping, ...] = ()
    moved: MovedPages = field(default_factory=MovedPages)
    hosts: frozenset[str] = frozenset()
    slugs: str = ""
    rules: PageRules = AS_BEFORE

    @classmethod
    def of(
        cls,
        site_id: int,
        origin: str,
        options: Iterable[str],
        *,
        moved: Iterable[Moved] = (),
        hosts: Iterable[str] = (),
        slugs: str = "",
        rules: PageRules = AS_BEFORE,
    ) -> "PageMappings":
        """Parse the options as typed. Raises BadPage for an invalid one."""
        if slugs and ("{slug}" not in slugs or not slugs.startswith("/")):
            raise BadPage(ImportSentence.SLUGS % {"typed": slugs})
        site = KnownSites([KnownSite(site_id, origin, rules)])
        pages = tuple(_mapping(option, site, origin) for option in options)
        return cls(site_id, origin, pages, MovedPages(moved), frozenset(map(plain_host, hosts)), slugs, rules)

    def find(self, page: IncomingPage) -> PageRef:
        """The page here of an incoming page. Raises NoPlaceForPage."""
        for mapping in self.items:
            if mapping.matches(page):
                return mapping.page
        path = self.moved.find(page.path, page.host, page.names)
        if not path and page.host and page.host not in self.hosts:
            raise NoPlaceForPage(ImportSentence.OTHER_HOST % {"host": page.host[:100]})
        path = path or page.path or (self.slugs and page.slug and self.slugs.replace("{slug}", quote(page.slug)))
        if not path:
            raise NoPlaceForPage(page.trouble or ImportSentence.NO_ADDRESS)
        try:
            site = KnownSites([KnownSite(self.site_id, self.origin, self.rules)])
            return resolve(self.origin + _INDEX.sub("/", path, count=1), site)
        except BadPage as error:
            raise NoPlaceForPage(ImportSentence.BAD_ADDRESS) from error


def _mapping(typed: str, site: KnownSites, origin: str) -> PageMapping:
    match = _MAPPING.fullmatch(typed.strip())
    if match is None:
        raise BadPage(ImportSentence.NO_PAIR % {"typed": typed, "origin": origin})
    try:
        return PageMapping(match[1].strip(), resolve(match[2], site))
    except UnknownOrigin as error:
        raise BadPage(ImportSentence.PAGE_ELSEWHERE % {"typed": typed, "origin": origin}) from error
