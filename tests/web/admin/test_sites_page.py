"""/admin/sites: after how many days the pages of a site close."""

import pytest
from sqlalchemy import select

from db import tables
from service.web.context import AppContext
from tests.web.admin.conftest import AddComment, Browser


def days(context: AppContext) -> int | None:
    with context.engine.connect() as connection:
        return connection.execute(select(tables.site.c.close_days).where(tables.site.c.id == 1)).scalar_one()


def test_the_days_are_saved_and_taken_back(browser: Browser, context: AppContext, add: AddComment) -> None:
    add()
    assert "1 comment<" in browser.get("/admin/sites").text
    assert browser.post("/admin/sites", site="1", days=" 30 ").headers["location"] == "../admin/sites?what=saved"
    assert days(context) == 30
    assert 'value="30"' in browser.get("/admin/sites?what=saved").text
    assert "close_days: 30" in browser.get("/admin/log").text
    browser.post("/admin/sites", site="1", days="")
    assert days(context) is None


@pytest.mark.parametrize("typed", ["-1", "x", "3651", "999999", "1.5"])
def test_a_number_that_makes_no_sense_is_refused_with_a_sentence(
    browser: Browser, context: AppContext, typed: str
) -> None:
    answer = browser.post("/admin/sites", site="1", days=typed)
    assert answer.status_code == 422
    assert "Type a number of days up to 3650" in answer.text
    assert days(context) is None
