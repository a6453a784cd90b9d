"""A site gets other rules about which addresses are one page: what that would do, and doing it.

It is done in slices. While the old rules are in force, each page gets its new key, and its old key leads to it; then
the rules are switched. So at no moment an address leads nowhere, whichever rules a process knows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from db import tables
from db.column_types import new_id
from service.action_log import Act, ActKind, record
from service.comments.changes_for_caches import page_changed
from service.comments.find_page import add_alias
from service.known_sites import KnownSite, PageRules
from service.logged_change import LoggedChange, Subject
from service.page_address import key_on
from service.pages.merge_pages import Merge, Progress, merge_slice
from service.pages.move_page import Address, alias_at, alias_row
from service.pages.page_changes import Click
from service.pages.page_list import PageLine, lines_of
from service.pages.page_locks import lock_site, lock_whole_pages, page_at

AT_ONCE = 200
"""Pages or aliases of a job."""

_OLD_KEYS_LEAD = timedelta(hours=1)
"""How long a key by the old rules leads to its page: other processes learn the new rules within seconds."""

_page, _alias, _site, _post = tables.page.c, tables.page_alias.c, tables.site.c, tables.wordpress_post.c
_RENAMING: Sequence[Any] = (
    update(tables.page).where(_page.id == bindparam("b_id")).values(key=bindparam("b_new")),
    update(tables.page_alias).where(_alias.to_key == bindparam("b_old")).values(to_key=bindparam("b_new")),
    update(tables.wordpress_post).where(_post.page_key == bindparam("b_old")).values(page_key=bindparam("b_new")),
)
"""What changes with the key of a page, for many at once."""

Job = Callable[[Connection], object]


class Collision(Exception):
    """Two pages would become one, and the owner was not shown them."""


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that would become one: the one that stays first."""

    key: str
    pages: Sequence[PageLine]


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What rules would do to the ``pages`` of a site: ``changed`` get another key, ``groups`` become one page each."""

    pages: int
    changed: int
    groups: Sequence[Group]

    @property
    def merged(self) -> tuple[int, ...]:
        """The ids of the pages that would go, by which a consent is known to be for this preview."""
        return tuple(sorted(page.id for group in self.groups for page in group.pages[1:]))


def preview_rules(connection: Connection, site: KnownSite) -> RulePreview:
    """What a site's new rules, those of ``site``, would do to its stored pages. Takes 30 microseconds a page."""
    ids_of_key: defaultdict[str, list[int]] = defaultdict(list)
    changed = 0
    query = select(_page.id, _page.key, _page.url).where(_page.site_id == site.id).order_by(_page.id)
    for row in connection.execute(query):
        key = key_on(site, row.url)
        ids_of_key[key].append(row.id)
        changed += key != row.key
    several = {key: ids for key, ids in ids_of_key.items() if len(ids) > 1}
    lines = lines_of(connection, site.id, [each for ids in several.values() for each in ids])
    groups = [Group(key, _best_first(key, [lines[each] for each in ids])) for key, ids in several.items()]
    return RulePreview(sum(map(len, ids_of_key.values())), changed, groups)


def _best_first(key: str, pages: Sequence[PageLine]) -> list[PageLine]:
    """The page whose address is the plainest stays: the one that is spelled as the key, else the shortest one."""
    return sorted(pages, key=lambda page: (page.url.rstrip("/") != key.rstrip("/"), len(page.url), page.id))


@dataclass(slots=True)
class RuleChange:
    """The jobs that give a site the rules of ``site``. ``groups`` are those that the owner has agreed to merge;
    ``undoes`` is the entry of the log that this takes back."""

    site: KnownSite
    groups: Sequence[Group]
    click: Click
    undoes: int | None = None
    _next: Any = None
    _found_stale: Sequence[str] = ()
    _merges: list[int] = field(default_factory=list)

    def jobs(self) -> Iterator[Job]:
        """Each is yielded once the one before has run, and may run twice. Raises Collision from a job: nothing has
        changed for readers then, and the old rules are in force."""
        for group in self.groups:
            for page in group.pages[1:]:
                yield from self._merging(Merge(self.site.id, new_id(), page.id, group.pages[0].id))
        last_page, after_alias = 0, ""
        stale: list[str] = []
        while True:
            yield partial(self._give_keys, after=last_page)
            if self._next is None:
                break
            last_page = self._next
        while True:
            yield partial(self._lead_aliases, after=after_alias)
            stale += self._found_stale
            if self._next is None:
                break
            after_alias = self._next
        yield partial(self._switch, after=last_page, stale=stale)

    def _merging(self, merge: Merge) -> Iterator[Job]:
        progress, click = Progress.MORE, replace(self.click, batch=new_id())
        self._merges.append(click.batch)

        def job(connection: Connection) -> None:
            nonlocal progress
            progress = merge_slice(connection, merge, click)

        while progress is Progress.MORE:
            yield job

    def _give_keys(self, connection: Connection, after: int) -> None:
        """Give the pages behind one their new keys. ``_next`` is the last of them, None at the end."""
        lock_site(connection, self.site.id)
        rows = self._pages(connection, after, AT_ONCE)
        self._rename(connection, rows)
        self._next = rows[-1].id if rows else None

    def _pages(self, connection: Connection, after: int, most: int | None) -> Sequence[Any]:
        query = select(_page.id, _page.key, _page.url).where(_page.site_id == self.site.id, _page.id > after)
        return connection.execute(query.order_by(_page.id).limit(most)).all()

    def _rename(self, connection: Connection, rows: Sequence[Any]) -> None:
        """Give these pages their new keys; the old ones lead to them. Raises Collision."""
        site_id = self.site.id
        renamed = [(row, key) for row in rows if (key := key_on(self.site, row.url)) != row.key]
        if not renamed:
            return
        lock_whole_pages(connection, site_id, [row.id for row, _ in renamed])
        taken = select(_page.url).where(_page.site_id == site_id, _page.key.in_([key for _, key in renamed]))
        if other := connection.execute(taken).scalar():
            raise Collision(other)
        values = [{"b_id": row.id, "b_old": row.key, "b_new": key} for row, key in renamed]
        for statement in _RENAMING:
            connection.execute(statement.where(statement.table.c.site_id == site_id), values)
        old = (_alias.site_id == site_id, _alias.key.in_([row.key for row, _ in renamed]))
        connection.execute(delete(tables.page_alias).where(*old))
        pairs = ((Address(row.url, row.key), Address(row.url, key)) for row, key in renamed)
        aliases = [alias_row(site_id, first, then, self.click) for first, then in pairs]
        connection.execute(tables.page_alias.insert(), aliases)
        page_changed(connection, site_id, 0)  # a cache of versions forgets all of them

    def _lead_aliases(self, connection: Connection, after: str) -> None:
        """Let the aliases behind one lead on by their keys under the new rules, too."""
        lock_site(connection, self.site.id)
        mine = (_alias.site_id == self.site.id, _alias.key > after)
        rows = connection.execute(select(tables.page_alias).where(*mine).order_by(_alias.key).limit(AT_ONCE)).all()
        self._found_stale = [row.key for row in rows if self._lead_alias(connection, row)]
        self._next = rows[-1].key if rows else None

    def _lead_alias(self, connection: Connection, row: Any) -> bool:
        """Returns whether the alias is of no more use once the new rules are in force."""
        site_id, key = self.site.id, key_on(self.site, row.url)
        if key == row.key or row.url == row.to_url:
            return False  # the switch ends all of the second kind: they came with the new keys of pages
        to_key = row.to_key if page_at(connection, site_id, row.to_key) else key_on(self.site, row.to_url)
        free = key != to_key and not page_at(connection, site_id, key) and not alias_at(connection, site_id, key)
        if free:
            old, new = Address(row.url, key), Address(row.to_url, to_key)
            add_alias(connection, alias_row(site_id, old, new, self.click))
        return free

    def _switch(self, connection: Connection, after: int, stale: Sequence[str]) -> None:
        """Put the rules in force, after the pages that came meanwhile."""
        site_id, at = self.site.id, self.click.at
        lock_site(connection, site_id)
        self._rename(connection, self._pages(connection, after, None))
        of_renaming = (_alias.site_id == site_id, _alias.url == _alias.to_url, _alias.expires_at.is_(None))
        connection.execute(update(tables.page_alias).where(*of_renaming).values(expires_at=at + _OLD_KEYS_LEAD))
        for start in range(0, len(stale), 500):
            these = (_alias.site_id == site_id, _alias.key.in_(stale[start : start + 500]))
            connection.execute(update(tables.page_alias).where(*these).values(expires_at=at + _OLD_KEYS_LEAD))
        old, new = read_rules(connection, site_id), self.site.rules.stored
        connection.execute(update(tables.site).where(_site.id == site_id).values(page_rules=new))
        content: dict[str, Any] = {"entry": f"page_rules: {new}", "merged": self._merges}
        action = ActKind.SETTINGS if self.undoes is None else ActKind.UNDO
        content |= {} if self.undoes is None else {"undone": ActKind.SETTINGS}
        act = Act(action, at, self.click.admin_id, batch=self.undoes, number=0, content=content)
        record(connection, site_id, replace(act, change=LoggedChange(Subject.PAGE_RULES, "", old, new)))


def read_rules(connection: Connection, site_id: int) -> str | None:
    """A site's rules as stored; None: those from before there were rules."""
    return connection.execute(select(_site.page_rules).where(_site.id == site_id)).scalar()


def with_rules(site: KnownSite, rules: PageRules) -> KnownSite:
    """The same site under other rules."""
    return replace(site, rules=rules)
