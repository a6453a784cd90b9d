"""/admin/log: what was decided, by whom, and how it is undone."""

import re

from db.models import Status
from service.comments.moderate import decide
from service.log_list import read_log
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import AddComment, Browser, statuses


def rows_of(html: str) -> list[str]:
    """The words of each row of the table."""
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)[1:]
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def test_each_action_is_named_and_undone_with_a_click(browser: Browser, context: AppContext, add: AddComment) -> None:
    assert "No actions yet." in browser.get("/admin/log").text
    first, second = add(author="Kit"), add(author="Mara")
    browser.act("spam", first, second)
    browser.act("approve", second)
    html = browser.get("/admin/log").text
    assert [re.sub(r"^.* UTC |^.*12:00 ", "", row) for row in rows_of(html)] == [
        "Ida 1 → Approved ( Mara ) Show Undo",
        "Ida 2 → Spam ( Kit …) Undo",
    ]
    for entry in re.findall(r'name="entry" value="([\d-]+)"', html):
        undone = browser.post("/admin/log", entry=entry, back="/admin/log")
        assert undone.headers["location"].startswith("../admin/log?")
    assert statuses(context) == {first: "pending", second: "pending"}
    rows = rows_of(browser.get("/admin/log").text)
    assert [row.rpartition("12:00 ")[2] for row in rows] == [
        "Ida Undone: 2 comments Redo",
        "Ida Undone: 1 comment Show Redo",
        "Ida 1 → Approved ( Mara ) Show Undone",
        "Ida 2 → Spam ( Kit …) Undone",
    ]


def test_the_log_is_read_page_by_page_without_a_gap(context: AppContext, clock: Clock, add: AddComment) -> None:
    key = tuple(map(int, add().split("-")))
    for number in range(7):
        after = Status.SPAM if number % 2 else Status.APPROVED
        context.writer.run(decide, [key], after, None, clock())
    seen, before = [], None
    with context.engine.connect() as connection:
        while True:
            page = read_log(connection, before, per_page=3)
            seen += page.entries
            before = page.older
            if before is None:
                break
    assert [entry.batch for entry in seen] == sorted({entry.batch for entry in seen}, reverse=True)
    assert len(seen) == 7
    assert {entry.by for entry in seen} == {None}


def test_what_was_typed_is_inert_in_the_log(browser: Browser, add: AddComment) -> None:
    browser.act("spam", add(author="<img src=x onerror=alert(1)>{{ 7*7 }}"))
    html = browser.get("/admin/log?before=%3Cscript%3E&what=%3Cscript%3E").text
    assert "<img" not in html
    assert "&#123;&#123; 7*7" in html
    assert "<script>" not in html
