"""The pages that are posts in WordPress's API."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from db import tables
from db.models import Status
from service.comment_row import SHOWN_TITLE

_post, _page, _comment = tables.wordpress_post.c, tables.page.c, tables.comment.c


@dataclass(frozen=True, slots=True)
class RestPost:
    """A page that has an approved comment, under its post number."""

    number: int
    url: str
    title: str
    closed: bool


def find_posts(connection: Connection, site_id: int, posts: Collection[int]) -> dict[int, RestPost]:
    """Post number → page, of pages with an approved comment: others may be unpublished, and stay unknown."""
    found: dict[int, RestPost] = {}
    imported = select(_post.post_id, _page.url, SHOWN_TITLE, _page.closed).join(
        tables.page, (_page.site_id == _post.site_id) & (_page.key == _post.page_key)
    )
    shown = select(_comment.id).where(
        _comment.site_id == _page.site_id, _comment.page_id == _page.id, _comment.status == Status.APPROVED
    )
    own = select(_page.id, _page.url, SHOWN_TITLE, _page.closed).where(_page.site_id == site_id, _page.id.in_(posts))
    of_import = imported.where(_post.site_id == site_id, _post.post_id.in_(posts), shown.exists())
    for row in (*connection.execute(own.where(shown.exists())), *connection.execute(of_import)):
        found[row[0]] = RestPost(*row)
    return found
