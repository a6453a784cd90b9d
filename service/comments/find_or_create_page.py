"""The page that a new comment belongs to."""

from datetime import datetime

from sqlalchemy import Connection

from db import tables
from db.column_types import new_id
from db.dialect_sql import insert_if_absent
from db.job_steps import Step, Steps
from db.prepared_statements import Row
from service.comments import write_statements
from service.comments.changes_for_caches import page_changed, page_posted_to
from service.comments.page_aliases import settle
from service.urls import PageRef


def find_or_create_page(connection: Connection, page: PageRef, at: datetime, *, advance: bool) -> Steps[Row]:
    """The page, created with its first comment: id, version, closed, title, whether that is checked, and
    whether its site has webhooks. An old address leads to the page that its comments went to.

    ``advance``: for an approved comment the version is advanced here. It stays so if the comment is refused later: the
    unchanged thread is then rendered once more.
    """
    find_page = write_statements.ADVANCE_PAGE_BY_KEY if advance else write_statements.FIND_PAGE
    found: list[Row] = yield Step(find_page, {"b_site": page.site_id, "b_key": page.key})
    page_posted_to(connection, page.site_id, page.key)
    if found:
        return found[0]
    there = settle(connection, page)
    page_key = {"b_site": there.site_id, "b_key": there.key}
    row = find_page.first(connection, page_key)
    if row is None:
        address = {"site_id": there.site_id, "id": new_id(), "key": there.key, "url": there.url}
        new_page = {"title": "", "closed": False, "version": 1, "created_at": at}
        insert_if_absent(connection, tables.page, address | new_page)
        (row,) = find_page.rows(connection, page_key)
    if there.key != page.key:
        page_changed(connection, page.site_id, row[0])
    return row
