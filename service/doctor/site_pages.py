"""Asks the pages of a site that have comments: whether each is there, what its title is, and how its address is spelt.

All that comes with the first comment, so anybody can make it up. The page itself knows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, case, select, update

from db import tables
from db.dialect_sql import take_lease
from service.comments.page_titles import set_title
from service.comments.validation import page_title
from service.doctor.fetch_url import Fetched, fetch
from service.doctor.inspected_page import InspectedPage
from service.known_sites import KnownSite, read_site
from service.outgoing_http import CannotFetch
from service.page_address import canonical, key_on
from service.web_origin import BadPage

ASKED_EVERY = timedelta(seconds=3)
"""Time between two pages that the service asks of its own accord, over all processes: at most 20 a minute."""

_LANGUAGE_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,3}")
_LONGEST_PROBLEM = 300
_page = tables.page.c


@dataclass(frozen=True, slots=True)
class AskedPage:
    """A page as it is stored. ``problem``: what was wrong when the service asked it; None if it has not."""

    site: KnownSite
    id: int
    key: str
    url: str
    title: str
    title_checked: bool
    problem: str | None


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """``problem`` is a predicate, such as "answers 404"; empty if the page is there. ``title`` and ``language`` are
    what it says itself, empty if it says none; ``url`` is the spelling of its address to which it redirects."""

    page: AskedPage
    problem: str
    title: str
    url: str
    language: str = ""

    @property
    def differs(self) -> bool:
        """Whether the page says something else than what is stored."""
        return not self.problem and (self.title or self.page.title, self.url) != (self.page.title, self.page.url)

    @property
    def confirms(self) -> bool:
        """Whether the page says what is stored, which nobody had checked."""
        return not (self.problem or self.differs or self.page.title_checked) and bool(self.title)


def read_pages(connection: Connection, site_id: int) -> list[AskedPage]:
    """The pages of a site, oldest first."""
    site = read_site(connection, site_id)
    rows = connection.execute(_select_pages().where(_page.site_id == site_id).order_by(_page.id))
    return [AskedPage(site, *row[1:]) for row in rows] if site else []


def _select_pages() -> Any:
    columns = (_page.site_id, _page.id, _page.key, _page.url, _page.title, _page.title_checked)
    return select(*columns, case((_page.asked_at.is_not(None), _page.problem)).label("problem"))


def is_one_unasked(connection: Connection) -> bool:
    """Whether a page has not been asked yet."""
    return connection.execute(select(_page.id).where(_page.asked_at.is_(None)).limit(1)).first() is not None


def take_unasked(connection: Connection, now: datetime) -> AskedPage | None:
    """The newest page that was never asked, for the caller to ask; it counts as asked from now on. None if there is
    none, or if some process took one within ``ASKED_EVERY``."""
    if not take_lease(connection, "ask a page", now, now - ASKED_EVERY):
        return None
    row = connection.execute(_select_pages().where(_page.asked_at.is_(None)).order_by(_page.id.desc()).limit(1)).first()
    site = read_site(connection, row.site_id) if row else None
    if row is None or site is None:
        return None
    this = (_page.site_id == row.site_id, _page.id == row.id)
    connection.execute(update(tables.page).where(*this).values(asked_at=now))
    return AskedPage(site, *row[1:])


def note_answer(connection: Connection, answer: PageAnswer, at: datetime) -> bool:
    """Take over the title, the spelling and the language that a page says, or note its problem. Returns whether readers
    may see a change."""
    key, problem = (answer.page.site.id, answer.page.id), answer.problem[:_LONGEST_PROBLEM]
    this = (_page.site_id == key[0], _page.id == key[1])
    connection.execute(update(tables.page).where(*this).values(asked_at=at, problem=problem))
    return not problem and set_title(connection, key, answer.title, answer.url, answer.language)


def ask_pages(pages: list[AskedPage], ask: Callable[[str], Fetched] = fetch) -> Iterator[PageAnswer]:
    """What each of these pages answers, one after the other."""
    return (ask_page(page, ask) for page in pages)


def ask_page(page: AskedPage, ask: Callable[[str], Fetched] = fetch) -> PageAnswer:
    """What a page answers. Takes up to a minute, as ``fetch`` does. Dev servers are not asked: anybody
    can make up a page at any port of this machine."""
    if page.site.is_for_dev_servers:
        return PageAnswer(page, "is on a dev server, and not asked", "", page.url)
    try:
        return _answer(page, ask(page.url))
    except CannotFetch as error:
        return PageAnswer(page, str(error), "", page.url)


def _answer(page: AskedPage, fetched: Fetched) -> PageAnswer:
    url = _spelling(page, fetched.url)
    problem = f"answers {fetched.status}" if fetched.status != 200 else "" if url else f"leads to {fetched.url}"
    return PageAnswer(page, problem, "", page.url) if problem else PageAnswer(page, "", *_said(fetched, url))


def _spelling(page: AskedPage, url: str) -> str:
    """The address where the page was found; empty if it is another page's."""
    try:
        found = canonical(url)
    except BadPage:
        return ""
    return found if key_on(page.site, found) == page.key else ""


def _said(fetched: Fetched, url: str) -> tuple[str, str, str]:
    """The page's title, this spelling of its address, and its language."""
    charset = fetched.headers.get_content_charset("utf-8")
    try:
        html = fetched.body.decode(charset)
    except (LookupError, ValueError):  # better none than one that cannot be read
        return "", url, ""
    found = InspectedPage(fetched.url, html)
    return page_title(found.title), url, found.language if _LANGUAGE_TAG.fullmatch(found.language) else ""
