"""What a page is called, for tests that need a title that readers see."""

from sqlalchemy import update

from db import tables
from service.web.context import AppContext
from tests.writing import writing


def approve_titles(context: AppContext) -> None:
    """As if a moderator had pressed *Use this title* for each page."""
    with writing(context.engine) as connection:
        connection.execute(update(tables.page).values(title_checked=True))
    context.versions.forget_all()
