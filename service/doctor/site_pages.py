"""Asks the pages of a site that have comments: whether each is there, what its title is, and how its address is spelt.

All that comes with the first comment, so anybody can make it up. The page itself knows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import tables
from service.comments.validation import page_title
from service.doctor.fetch import Fetched, fetch
from service.doctor.page import InspectedPage
from service.known_sites import read_site
from service.outgoing import CannotFetch
from service.page_rules import KnownSite
from service.urls import BadPage, canonical, key_on

_page = tables.page.c


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A page as it is stored."""

    site: KnownSite
    id: int
    key: str
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """``problem`` is a predicate, such as "answers 404"; empty if the page is there. ``title`` is its own, ``url`` the
    spelling of its address to which it redirects; those that are stored where it says none."""

    page: StoredPage
    problem: str
    title: str
    url: str

    @property
    def differs(self) -> bool:
        """Whether the page says something else than what is stored."""
        return not self.problem and (self.title, self.url) != (self.page.title, self.page.url)


def read_pages(connection: Connection, site_id: int) -> list[StoredPage]:
    """The pages of a site, oldest first."""
    site = read_site(connection, site_id)
    query = select(_page.id, _page.key, _page.url, _page.title).where(_page.site_id == site_id)
    return [StoredPage(site, *row) for row in connection.execute(query.order_by(_page.id))] if site else []


def ask_pages(pages: list[StoredPage], ask: Callable[[str], Fetched] = fetch) -> Iterator[PageAnswer]:
    """What each of these pages answers, one after the other."""
    for page in pages:
        try:
            yield _answer(page, ask(page.url))
        except CannotFetch as error:
            yield PageAnswer(page, str(error), page.title, page.url)


def _answer(page: StoredPage, fetched: Fetched) -> PageAnswer:
    url = _spelling(page, fetched.url)
    problem = f"answers {fetched.status}" if fetched.status != 200 else "" if url else f"leads to {fetched.url}"
    return PageAnswer(page, problem, _title(fetched) or page.title, url or page.url)


def _spelling(page: StoredPage, url: str) -> str:
    """The address where the page was found; empty if it is another page's."""
    try:
        found = canonical(url)
    except BadPage:
        return ""
    return found if key_on(page.site, found) == page.key else ""


def _title(fetched: Fetched) -> str:
    charset = fetched.headers.get_content_charset("utf-8")
    try:
        html = fetched.body.decode(charset)
    except (LookupError, ValueError):  # better none than one that cannot be read
        return ""
    return page_title(InspectedPage(fetched.url, html).title)
