"""Which title a page has. Anybody may send any title with a comment, so a title is shown to readers, and counts for the
spam check, only when it is checked: a moderator approved the comment that it came with, the page itself said it, or the
owner set it. Until then moderators alone see it."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select, tuple_, update

from db import tables
from db.models import Status
from db.prepared_statements import Prepared, Row
from service.comments.changes_for_caches import page_changed
from service.comments.write_statements import NEXT_VERSION_VALUES

Key = tuple[int, int]
_comment, _page = tables.comment.c, tables.page.c
_THIS = (_page.site_id == bindparam("b_site"), _page.id == bindparam("b_page"), _page.title_checked.is_(False))
_VALUES: dict[str, Any] = {"title": bindparam("b_title"), "title_from": bindparam("b_comment")}

_NAME = Prepared(update(tables.page).where(*_THIS, _page.title == "").values(_VALUES))
_RENAME = Prepared(update(tables.page).where(*_THIS).values(_VALUES))
_SPELL = Prepared(update(tables.page).where(*_THIS[:2]).values(url=bindparam("b_url")))
_NOTHING_SHOWN_YET = {Status.APPROVED: 2, Status.PENDING: 1}
"""The version of a page after a comment of this status, while readers have seen none: it is made with version 1."""


def came_with(connection: Connection, comment: Key, status: Status, said: tuple[str, str], page: Row) -> None:
    """A new comment, as (site_id, comment_id), came with a title and an address; ``page`` is a row of ``FIND_PAGE``.

    The title becomes the page's unless that is checked, if it had none, or if the comment waits: then a moderator will
    see it. How the address is spelt comes from the first comment that readers see or may see. Spam says neither.
    """
    (site_id, comment_id), (title, url), (page_id, version, _, before, is_checked) = comment, said, page
    place = {"b_site": site_id, "b_page": page_id}
    if title and not is_checked:
        values = place | {"b_comment": comment_id, "b_title": title}
        if status is Status.PENDING:
            _RENAME.run(connection, values)
        elif status is Status.APPROVED and not before:
            _NAME.run(connection, values)
    if version == _NOTHING_SHOWN_YET.get(status):
        _SPELL.run(connection, place | {"b_url": url})


def decided(connection: Connection, comments: Mapping[Status, Sequence[Key]]) -> None:
    """Moderators gave comments these statuses. With a comment its title is approved; with one that is spam or trash, an
    unchecked title goes, and a checked one is no longer. Their pages are locked."""
    for status, keys in comments.items():
        if status is Status.APPROVED:
            _of(connection, keys, {"title_checked": True})
        elif status is Status.PENDING:  # an approval was taken back
            _of(connection, keys, {"title_checked": False})
        else:  # a checked one is hidden until the comment is approved again
            _of(connection, keys, {"title": "", "title_from": None}, unchecked=True)
            _of(connection, keys, {"title_checked": False})


def _of(connection: Connection, keys: Sequence[Key], values: Mapping[str, object], *, unchecked: bool = False) -> None:
    """Change the pages whose title came with one of these comments."""
    came = (_comment.site_id == _page.site_id, _comment.page_id == _page.id, _comment.id == _page.title_from)
    pages = select(_page.site_id, _page.id).join(tables.comment, and_(*came))
    pages = pages.where(tuple_(_comment.site_id, _comment.id).in_(keys))
    if unchecked:
        pages = pages.where(_page.title_checked.is_(False))
    for site_id, page_id in connection.execute(pages).all():
        this = (_page.site_id == site_id, _page.id == page_id)
        connection.execute(update(tables.page).where(*this).values(values))


def comment_gone(connection: Connection, site_id: int, page_id: int, comment_id: int) -> None:
    """A comment was deleted; an unchecked title that came with it goes, too."""
    this = (_page.site_id == site_id, _page.id == page_id, _page.title_checked.is_(False))
    came = _page.title_from == comment_id
    connection.execute(update(tables.page).where(*this, came).values(title="", title_from=None))


def set_title(connection: Connection, page: Key, title: str, url: str = "", language: str = "") -> bool:
    """Give a page the title that its owner or the page itself says, with the spelling of its address and its language,
    if they are known. An empty title leaves the one that is there as it is. Returns False if nothing was changed."""
    given = {"title": title, "url": url, "language": language}
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    if not values:
        return False
    values |= {"title_checked": True} if title else {}
    differs = or_(*(_page[name] != value for name, value in values.items()))
    changed = update(tables.page).where(_page.site_id == page[0], _page.id == page[1], differs)
    values |= {"title_from": None} if title else {}

    page_changed(connection, *page)
    return connection.execute(changed.values(values | NEXT_VERSION_VALUES)).rowcount == 1


def read_title(connection: Connection, page: Key) -> list[Any] | None:
    """A page's title, whether it was checked, and the comment that it came with; None if there is no such page."""
    query = select(_page.title, _page.title_checked, _page.title_from)
    row = connection.execute(query.where(_page.site_id == page[0], _page.id == page[1]).with_for_update()).first()
    return list(row) if row else None


def put_title_back(connection: Connection, page: Key, state: Sequence[Any]) -> None:
    """Give a page what ``read_title`` read."""
    values = dict(zip(("title", "title_checked", "title_from"), state, strict=True))
    page_changed(connection, *page)
    this = (_page.site_id == page[0], _page.id == page[1])
    connection.execute(update(tables.page).where(*this).values(values | NEXT_VERSION_VALUES))
