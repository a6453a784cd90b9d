"""/admin/sites: after how many days the pages of a site close, and how a site is removed."""

import re

import pytest
from sqlalchemy import select

from db import tables
from service import log_audit, sites
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import AddComment, Browser
from tests.writing import writing


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
    assert "Enter a number of days up to 3650" in answer.text
    assert days(context) is None


def test_a_site_is_removed_once_its_origin_is_typed(
    browser: Browser, context: AppContext, clock: Clock, add: AddComment
) -> None:
    new = context.writer.run(sites.register, "https://other.example", clock())
    assert new
    wanted = {"action": "remove", "site": str(new.id)}
    refused = browser.post("/admin/sites", origin="https://blog.example", **wanted)
    assert (refused.status_code, "Enter https://other.example to remove" in refused.text) == (422, True)
    with writing(context.engine) as connection:
        page = {"id": 7, "site_id": new.id, "key": "k", "url": "https://other.example/", "title": "", "version": 1}
        connection.execute(tables.page.insert(), page | {"closed": False, "created_at": clock()})
    add(site_id=new.id, page_id=7)
    kept = browser.post("/admin/sites", origin="https://other.example", **wanted)
    assert (kept.status_code, "has 1 comment," in kept.text) == (409, True)
    gone = browser.post("/admin/sites", origin="https://other.example/", sure="yes", **wanted)
    assert gone.headers["location"] == "../admin/sites?what=removed"
    assert "https://other.example" not in browser.get("/admin/sites").text
    assert re.search(r"Site removed[^<]*<span[^>]*><bdi>https://other.example", browser.get("/admin/log").text)
    with context.engine.connect() as connection:
        assert list(log_audit.verify(connection, context.keyring, clock())) == []


def test_a_site_of_the_settings_stays(browser: Browser) -> None:
    kept = browser.post("/admin/sites", action="remove", site="1", origin="https://blog.example", sure="yes")
    assert (kept.status_code, "listed in REPLY_SITES" in kept.text) == (409, True)
