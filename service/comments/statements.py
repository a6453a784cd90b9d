"""The statements of the write job."""

import hashlib

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, or_, select, update

from db import tables
from db.models import Status
from db.prepared import Prepared
from service.comments.changes import page_changed

_comment, _page, _spent, _recent = tables.comment.c, tables.page.c, tables.spent.c, tables.recent.c
_site: BindParameter[int] = bindparam("b_site")

PAGE = Prepared(
    select(_page.id, _page.version, _page.closed, _page.title).where(
        _page.site_id == _site, _page.key == bindparam("b_key")
    )
)

PARENT = Prepared(
    select(_comment.id).where(
        _comment.site_id == _site,
        _comment.id == bindparam("b_id"),
        _comment.page_id == bindparam("b_page"),
        _comment.status == Status.APPROVED,
    )
)

FIRST = Prepared(
    select(_comment.page_id, _comment.id, _comment.status, _page.version, _spent.digest)
    .join(tables.comment, and_(_comment.site_id == _spent.site_id, _comment.id == _spent.comment_id))
    .join(tables.page, and_(_page.site_id == _comment.site_id, _page.id == _comment.page_id))
    .where(_spent.site_id == _site, _spent.nonce == bindparam("b_nonce"))
)

SAID = Prepared(
    select(_comment.said_by_author).where(
        _comment.site_id == _site,
        or_(_comment.said_by_author == bindparam("b_author"), _comment.said_by_email == bindparam("b_email")),
    )
)

RECENT = Prepared(
    select(_recent.at).where(
        _recent.site_id == _site,
        _recent.who.in_([bindparam(name, type_=_recent.who.type) for name in ("b_client", "b_email")]),
    )
)

DELETE = Prepared(delete(tables.comment).where(_comment.site_id == _site, _comment.id == bindparam("b_id")))

GIVE_BACK = Prepared(delete(tables.spent).where(_spent.site_id == _site, _spent.nonce == bindparam("b_nonce")))

REMEMBER = Prepared(
    update(tables.spent)
    .where(_spent.site_id == _site, _spent.nonce == bindparam("b_nonce"))
    .values(comment_id=bindparam("b_comment"))
)

MOVED = {"version": _page.version + 1}
"""What readers see of a page changes: its version moves, and with it the entity tag and the key of its cache."""

NEXT_VERSION = Prepared(
    update(tables.page)
    .where(_page.site_id == _site, _page.key == bindparam("b_key"))
    .values(MOVED)
    .returning(_page.id, _page.version, _page.closed, _page.title)
)

TITLE = Prepared(
    update(tables.page)
    .where(_page.site_id == _site, _page.id == bindparam("b_page"), _page.title == "")
    .values(title=bindparam("b_title"))
)

_TOUCH = Prepared(update(tables.page).where(_page.site_id == _site, _page.id == bindparam("b_page")).values(MOVED))


def touch(connection: Connection, site_id: int, page_id: int | None) -> None:
    """Readers of this page see something else from now on."""
    if page_id is not None:
        page_changed(connection, site_id, page_id)
    _TOUCH.run(connection, {"b_site": site_id, "b_page": page_id})


def fingerprints(page_id: int, parent_id: int | None, author: str, email: str, text: str) -> tuple[int, int]:
    """What WordPress calls a duplicate: same page, parent and text, and the same author or email."""

    def fingerprint(kind: str, who: str) -> int:
        said = "\x00".join((kind, str(page_id), str(parent_id or 0), who.casefold(), text))
        return int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big", signed=True)

    return fingerprint("author", author), fingerprint("email", email)
