"""Undo of what was done to pages: moved, merged, or given an alias. Comments that came since are kept.

Comments that were posted after a merge stay on the merged page, except replies to what goes back: they go with it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from db import tables
from service.action_log import Act, ActKind, record
from service.comments import side_effects
from service.comments.find_page import add_alias, remove_alias
from service.comments.write_statements import NEXT_VERSION_VALUES
from service.known_sites import KnownSite
from service.page_address import key_on
from service.page_change_hashes import one_note
from service.pages.move_page import Address, address_on, alias_at, alias_row, set_address
from service.pages.page_changes import ChangeKind, Click, StandingChange, mark_undone, note_comments, row_of
from service.pages.page_locks import lock_site, lock_whole_pages, page_at

AT_ONCE = 1000
"""Comments that one job moves back."""

ALIASES_AT_ONCE = 100
"""Aliases that one job takes off."""

_page, _comment, _author_change = tables.page.c, tables.comment.c, tables.author_change.c
_moved, _post = tables.moved_comment.c, tables.wordpress_post.c


class Undone(StrEnum):
    """What came of it. ``LATER``: the page was moved again since, and that has to be undone first. ``TAKEN``: another
    page has the address now. ``ONE``: the rules of the site say that both addresses are one page."""

    MORE = "more"
    DONE = "done"
    LATER = "later"
    TAKEN = "taken"
    ONE = "one"


def undo_slice(connection: Connection, change: StandingChange, click: Click) -> Undone:
    """Undo a change, or a part of it: to be repeated while it says ``MORE``."""
    site = lock_site(connection, change.site_id)
    undo = {ChangeKind.MOVE: _undo_move, ChangeKind.MERGE: _undo_merge, ChangeKind.ALIAS: _undo_alias}[change.kind]
    done = undo(connection, site, change, click)
    if done is Undone.DONE:
        mark_undone(connection, change, click.at)
    return done


@dataclass(slots=True)
class BatchUndo:
    """The jobs that undo changes of one batch. ``outcomes`` counts what came of each, once its job has run."""

    changes: Sequence[StandingChange]
    click: Click
    outcomes: Counter[Undone] = field(default_factory=Counter)
    _last: Sequence[Undone] = ()

    def jobs(self) -> Iterator[Callable[[Connection], object]]:
        """Each is yielded once the one before has run, and may run twice."""
        for _, group in groupby(self.changes, key=lambda change: change.kind is ChangeKind.ALIAS or change.id):
            changes = list(group)
            for start in range(0, len(changes), ALIASES_AT_ONCE):
                yield from self._undoing(changes[start : start + ALIASES_AT_ONCE])
        if self.outcomes[Undone.DONE]:
            yield self._log

    def _undoing(self, changes: Sequence[StandingChange]) -> Iterator[Callable[[Connection], object]]:
        def job(connection: Connection) -> None:
            with one_note(connection):
                self._last = [undo_slice(connection, change, self.click) for change in changes]

        yield job
        while Undone.MORE in self._last:
            yield job
        self.outcomes.update(self._last)

    def _log(self, connection: Connection) -> None:
        first, click = self.changes[0], self.click
        content = {"page": first.before["url"]}
        act = Act(ActKind.PAGES_UNDO, click.at, click.admin_id, number=self.outcomes[Undone.DONE], content=content)
        record(connection, first.site_id, act)


def _undo_move(connection: Connection, site: KnownSite, change: StandingChange, click: Click) -> Undone:
    row = lock_whole_pages(connection, site.id, [change.page_id]).get(change.page_id)
    before = change.before
    if row is None or row.url != before["to"]:
        return Undone.LATER
    back = Address(before["url"], key_on(site, before["url"]))
    if row.key != back.key and page_at(connection, site.id, back.key):
        return Undone.TAKEN
    set_address(connection, site.id, row, back, click)
    if before["alias"] and row.key != back.key:
        _lead_again(connection, site, before["alias"], click)
    return Undone.DONE


def _undo_alias(connection: Connection, site: KnownSite, change: StandingChange, click: Click) -> Undone:
    """``to`` is empty where an alias was taken off."""
    before = change.before
    key = key_on(site, before["url"])
    led = alias_at(connection, site.id, key)
    if (led["to_url"] if led else "") != before["to"]:
        return Undone.LATER
    if page_at(connection, site.id, key):
        return Undone.TAKEN
    remove_alias(connection, site.id, key)
    if before["alias"]:
        _lead_again(connection, site, before["alias"], click)
    side_effects.pages_moved(connection, (), click.at, site.id)
    return Undone.DONE


def _lead_again(connection: Connection, site: KnownSite, led: dict[str, str], click: Click) -> None:
    old, to = address_on(site, led["url"]), address_on(site, led["to_url"])
    if old.key != to.key:
        add_alias(connection, alias_row(site.id, old, to, click))


def _undo_merge(connection: Connection, site: KnownSite, change: StandingChange, click: Click) -> Undone:
    pages = lock_whole_pages(connection, site.id, (change.page_id, change.other_id))
    into = pages.get(change.other_id)
    if into is None:
        return Undone.LATER
    key = key_on(site, change.before["url"])
    if key == into.key:
        return Undone.ONE
    if change.page_id not in pages:
        if page_at(connection, site.id, key):
            return Undone.TAKEN
        row = row_of(change.before)
        connection.execute(tables.page.insert(), row | {"key": key, "version": row["version"] + 1})
        remove_alias(connection, site.id, key)
        _gather_replies(connection, change, click)
    if _give_back(connection, change) == AT_ONCE:
        side_effects.pages_moved(connection, [(site.id, change.page_id), (site.id, into.id)], click.at)
        return Undone.MORE
    _give_the_rest_back(connection, change, into, Address(change.before["url"], key))
    side_effects.pages_moved(connection, [(site.id, change.page_id), (site.id, into.id)], click.at)
    return Undone.DONE


def _of(change: StandingChange) -> Select[tuple[int]]:
    return select(_moved.comment_id).where(_moved.site_id == change.site_id, _moved.change_id == change.id)


def _gather_replies(connection: Connection, change: StandingChange, click: Click) -> None:
    """Add the replies that came since to what goes back, and the replies to those."""
    replies = select(_comment.id).where(
        _comment.site_id == change.site_id,
        _comment.page_id == change.other_id,
        _comment.parent_id.in_(_of(change)),
        _comment.id.not_in(_of(change)),
    )
    while ids := connection.execute(replies).scalars().all():
        note_comments(connection, change.site_id, change.id, ids, click)


def _give_back(connection: Connection, change: StandingChange) -> int:
    still_there = (_comment.site_id == change.site_id, _comment.page_id == change.other_id)
    query = select(_comment.id).where(*still_there, _comment.id.in_(_of(change))).order_by(_comment.id).limit(AT_ONCE)
    ids = list(connection.execute(query).scalars())
    if ids:
        these = update(tables.comment).where(*still_there, _comment.id.in_(ids))
        connection.execute(these.values(page_id=change.page_id))
    return len(ids)


def _give_the_rest_back(connection: Connection, change: StandingChange, into: Any, back: Address) -> None:
    site_id = change.site_id
    changed = (_author_change.site_id == site_id, _author_change.comment_id.in_(_of(change)))
    connection.execute(update(tables.author_change).where(*changed).values(page_id=change.page_id))
    if into.pinned_id is not None:
        its_own = select(_comment.id).where(_comment.site_id == site_id, _comment.page_id == into.id)
        is_other = (_page.site_id == site_id, _page.id == into.id, _page.pinned_id.not_in(its_own))
        connection.execute(update(tables.page).where(*is_other).values(pinned_id=None, **NEXT_VERSION_VALUES))
    if change.before["posts"]:
        named = (_post.site_id == site_id, _post.post_id.in_(change.before["posts"]))
        connection.execute(update(tables.wordpress_post).where(*named).values(page_key=back.key, page_url=back.url))
    gone = (_moved.site_id == site_id, _moved.change_id == change.id)
    connection.execute(delete(tables.moved_comment).where(*gone))
