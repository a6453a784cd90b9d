"""What is known of a blog that moved here from WordPress."""

from collections.abc import Callable

from sqlalchemy import Connection, select

from db import tables

_post = tables.wordpress_post.c


def pages_of_post(post_id: int) -> Callable[[Connection], list[str]]:
    """A question to the database: the addresses of the pages that had this number, one for each site at most."""
    query = select(_post.page_url).where(_post.post_id == post_id).order_by(_post.site_id)
    return lambda connection: list(connection.execute(query).scalars())
