"""Posts of WordPress, which are pages here: by the number of an import, else by the page's own id."""

from collections.abc import Callable, Collection

from sqlalchemy import Connection, select

from db import tables
from service.pages import PageRef

_post, _page = tables.wordpress_post.c, tables.page.c


def pages_of_post(post_id: int) -> Callable[[Connection], list[str]]:
    """A question: the addresses of the pages that had this number, one for each site at most."""
    query = select(_post.page_url).where(_post.post_id == post_id).order_by(_post.site_id)
    return lambda connection: list(connection.execute(query).scalars())


def page_ids(site_id: int, posts: Collection[int]) -> Callable[[Connection], list[int]]:
    """A question: the ids of the pages that these posts are, as far as they have comments."""

    def read(connection: Connection) -> list[int]:
        keys = select(_post.page_key).where(_post.site_id == site_id, _post.post_id.in_(posts))
        found = select(_page.id).where(_page.site_id == site_id, _page.key.in_(keys) | _page.id.in_(posts))
        return list(connection.execute(found).scalars())

    return read


def page_of_post(site_id: int, post: int) -> Callable[[Connection], PageRef | None]:
    """A question: the page that a post is, by the number of an import or by its id here."""

    def read(connection: Connection) -> PageRef | None:
        imported = select(_post.page_url, _post.page_key).where(_post.site_id == site_id, _post.post_id == post)
        ours = select(_page.url, _page.key).where(_page.site_id == site_id, _page.id == post)
        row = connection.execute(imported).first() or connection.execute(ours).first()
        return None if row is None else PageRef(site_id, *row)

    return read


def numbers(site_id: int, keys: Collection[str]) -> Callable[[Connection], dict[str, int]]:
    """A question: for pages by their keys, the smallest number of an import, where there is one."""

    def read(connection: Connection) -> dict[str, int]:
        query = select(_post.page_key, _post.post_id).where(_post.site_id == site_id, _post.page_key.in_(keys))
        return {row.page_key: row.post_id for row in connection.execute(query.order_by(_post.post_id.desc()))}

    return read
