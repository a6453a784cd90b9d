"""Posts of WordPress, which are pages here: by the number of an import, else by the page's own id."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from db import tables
from service.pages import PageRef

_post, _page = tables.wordpress_post.c, tables.page.c


def pages_of_post(connection: Connection, post_id: int) -> list[str]:
    """The addresses of the pages that had this number, one for each site at most."""
    query = select(_post.page_url).where(_post.post_id == post_id).order_by(_post.site_id)
    return list(connection.execute(query).scalars())


def page_ids(connection: Connection, site_id: int, posts: Collection[int]) -> list[int]:
    """The ids of the pages that these posts are, as far as they have comments."""
    keys = select(_post.page_key).where(_post.site_id == site_id, _post.post_id.in_(posts))
    found = select(_page.id).where(_page.site_id == site_id, _page.key.in_(keys) | _page.id.in_(posts))
    return list(connection.execute(found).scalars())


def page_of_post(connection: Connection, site_id: int, post: int) -> PageRef | None:
    """The page that a post is, by the number of an import or by its id here."""
    imported = select(_post.page_url, _post.page_key).where(_post.site_id == site_id, _post.post_id == post)
    ours = select(_page.url, _page.key).where(_page.site_id == site_id, _page.id == post)
    row = connection.execute(imported).first() or connection.execute(ours).first()
    return None if row is None else PageRef(site_id, *row)


def numbers(connection: Connection, site_id: int, keys: Collection[str]) -> dict[str, int]:
    """For pages by their keys, the smallest number of an import, where there is one."""
    query = select(_post.page_key, _post.post_id).where(_post.site_id == site_id, _post.page_key.in_(keys))
    return {row.page_key: row.post_id for row in connection.execute(query.order_by(_post.post_id.desc()))}
