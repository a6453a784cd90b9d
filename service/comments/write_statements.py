"""SQL of the write transactions: pages, duplicates, nonces, the flood limit. Also the fingerprints of duplicates."""

import hashlib
from collections.abc import Collection

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, collate, delete, or_, select, tuple_, update

from db import tables
from db.models import Status
from db.prepared_statements import Prepared
from service.comments.changes_for_caches import page_changed
from service.webhooks.message_queue import HAS_LISTENERS

_comment, _page, _spent, _recent = tables.comment.c, tables.page.c, tables.spent.c, tables.recent.c
_site_id: BindParameter[int] = bindparam("b_site")

_FOUND = (_page.id, _page.version, _page.closed, _page.title, _page.title_checked, HAS_LISTENERS)

FIND_PAGE = Prepared(
    select(*_FOUND)
    .where(_page.site_id == _site_id, _page.key == bindparam("b_key"))
    .with_for_update(read=True, key_share=True, of=tables.page)
)
"""It keeps a page from being merged into another until the transaction ends; comments may be posted to it."""

APPROVED_PARENT = Prepared(
    select(_comment.id).where(
        _comment.site_id == _site_id,
        _comment.id == bindparam("b_id"),
        _comment.page_id == bindparam("b_page"),
        _comment.status == Status.APPROVED,
    )
)

FIRST_RESULT = Prepared(
    select(_comment.page_id, _comment.id, _comment.status, _page.version, _spent.digest)
    .join(tables.comment, and_(_comment.site_id == _spent.site_id, _comment.id == _spent.comment_id))
    .join(tables.page, and_(_page.site_id == _comment.site_id, _page.id == _comment.page_id))
    .where(_spent.site_id == _site_id, _spent.nonce == bindparam("b_nonce"))
)

SAME_COMMENT = Prepared(
    select(_comment.said_by_author).where(
        _comment.site_id == _site_id,
        or_(_comment.said_by_author == bindparam("b_author"), _comment.said_by_email == bindparam("b_email")),
    )
)

RECENT_POSTS = Prepared(
    select(_recent.at).where(
        _recent.site_id == _site_id,
        _recent.who.in_([bindparam(name, type_=_recent.who.type) for name in ("b_client", "b_email")]),
    )
)

DELETE_COMMENT = Prepared(delete(tables.comment).where(_comment.site_id == _site_id, _comment.id == bindparam("b_id")))

RETURN_NONCE = Prepared(delete(tables.spent).where(_spent.site_id == _site_id, _spent.nonce == bindparam("b_nonce")))

SET_COMMENT_OF_NONCE = Prepared(
    update(tables.spent)
    .where(_spent.site_id == _site_id, _spent.nonce == bindparam("b_nonce"))
    .values(comment_id=bindparam("b_comment"))
)

NEXT_VERSION_VALUES = {"version": _page.version + 1}
"""To be set whenever what readers see of a page changes. Rendered threads are cached by this version, so there is no
cache to flush."""

ADVANCE_PAGE_BY_KEY = Prepared(
    update(tables.page)
    .where(_page.site_id == _site_id, _page.key == bindparam("b_key"))
    .values(NEXT_VERSION_VALUES)
    .returning(*_FOUND)
)

_ADVANCE_PAGE = Prepared(
    update(tables.page).where(_page.site_id == _site_id, _page.id == bindparam("b_page")).values(NEXT_VERSION_VALUES)
)


def lock_pages_of(connection: Connection, comments: Collection[tuple[int, int]]) -> None:
    """Lock the pages of these comments, each (site_id, id), until the transaction ends. To be called before a comment
    is changed: two transactions that lock the same rows in opposite orders would wait for each other. So every
    transaction locks pages before comments, and pages in the order of their keys, as a batch of posts does (see
    ``db.writer``)."""
    is_one = tuple_(_comment.site_id, _comment.id).in_(comments)
    _lock_pages(connection, select(_comment.site_id, _comment.page_id).where(is_one).distinct())


def lock_page(connection: Connection, site_id: int, page_id: int) -> None:
    """``lock_pages_of`` for a page that is known by its id."""
    lock_pages(connection, site_id, [page_id])


def lock_pages(connection: Connection, site_id: int, page_ids: Collection[int]) -> None:
    """The same for several pages of a site."""
    _lock_pages(connection, select(_page.site_id, _page.id).where(_page.site_id == site_id, _page.id.in_(page_ids)))


def _lock_pages(connection: Connection, keys: Select[tuple[int, int]]) -> None:
    if connection.dialect.name != "postgresql":
        return  # SQLite's writer has locked the whole file; CockroachDB tells the writer to try again
    pages = select(_page.id).where(tuple_(_page.site_id, _page.id).in_(keys))
    # "C": as Python sorts, whatever the language of the database is
    connection.execute(pages.order_by(collate(_page.key, "C"), _page.site_id).with_for_update(key_share=True)).all()


def advance_page_version(connection: Connection, site_id: int, page_id: int | None) -> None:
    """Give a page its next version, since what its readers see has changed."""
    if page_id is not None:
        page_changed(connection, site_id, page_id)
    _ADVANCE_PAGE.run(connection, {"b_site": site_id, "b_page": page_id})


def fingerprints(page_id: int, parent_id: int | None, author: str, email: str, text: str) -> tuple[int, int]:
    """Two hashes, by author and by email, that are equal for duplicates: the same page, parent, text and author or
    email (WordPress: ``wp_allow_comment``). Each has a unique index, since a look before the insert would miss a
    duplicate that is written at the same time."""

    def fingerprint(kind: str, name_or_email: str) -> int:
        identity = "\x00".join((kind, str(page_id), str(parent_id or 0), name_or_email.casefold(), text))
        return int.from_bytes(hashlib.sha256(identity.encode()).digest()[:8], "big", signed=True)

    return fingerprint("author", author), fingerprint("email", email)
