"""The page of figures, its pictures and its CSV."""

import csv
import io
import re

import pytest

from db.models import Status
from service.web.admin.bar_chart import HEIGHT, Chart, Series
from service.web.background_tasks import store_refusals
from service.web.context import AppContext
from tests.web.admin.conftest import AddComment, Browser
from tests.writing import writing


def test_pictures_have_words_tables_and_csv(browser: Browser, add: AddComment) -> None:
    add(reasons=[{"symbol": "links", "weight": 3}])
    for _ in range(3):
        add(status=Status.APPROVED)
    html = browser.get("/admin/figures?days=7").text
    assert 'aria-label="Comments by day. Approved 3, Pending 1, Spam 0, Trash 0. Highest:' in html
    assert re.search(r"<caption>Why comments were held</caption>.*?Many links|<caption>Why comments", html, re.DOTALL)
    assert html.count("<rect") >= 4
    assert " style=" not in html, "the Content-Security-Policy forbids it"
    answer = browser.get("/admin/figures.csv?days=7")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = [*csv.DictReader(io.StringIO(answer.text))]
    assert sum(int(row["number"]) for row in rows if row["what"] == "comments by day") == 4
    assert {row["what"] for row in rows} >= {"refused by day", "comments by hour", "why comments were held"}


def test_a_year_is_shown_by_weeks_and_told_by_days(browser: Browser, add: AddComment) -> None:
    for age in (0, 60 * 24 * 300):
        add(age=age)
    html = browser.get("/admin/figures?days=365").text
    assert 'aria-label="Comments by week. Approved 0, Pending 2,' in html
    assert html.partition("Numbers")[2].partition("</table>")[0].count("<tr>") == 1 + 53
    rows = [*csv.DictReader(io.StringIO(browser.get("/admin/figures.csv?days=365").text))]
    assert len([row for row in rows if row["what"] == "comments by day"]) == 4 * 365


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_a_title_is_no_formula_in_the_csv(browser: Browser, add: AddComment, context: AppContext, sign: str) -> None:
    add(status=Status.APPROVED)
    with writing(context.engine) as connection:
        connection.exec_driver_sql(f"UPDATE page SET title = '{sign}cmd()'")
    assert f"'{sign}cmd() · https" in browser.get("/admin/figures.csv").text


async def stored(context: AppContext) -> None:
    context.metrics.refused_on.update({(1, "answer"): 2})
    await store_refusals(context)
    await store_refusals(context)


def test_refusals_of_a_process_are_stored_once(browser: Browser, context: AppContext) -> None:
    portal = browser.client.portal
    assert portal
    portal.call(stored, context)
    assert not context.metrics.refused_on
    assert "Refused by day. Refused 2. Highest:" in browser.get("/admin/figures").text


def test_bars_stand_on_each_other_and_fill_the_picture() -> None:
    chart = Chart("x", "X", ["a", "b"], [Series("one", "k1", [1, 0]), Series("two", "k2", [3, 2])])
    assert (chart.top, chart.totals) == (4, [4, 2])
    heights = [(bar.y, bar.height) for bar in chart.bars]
    assert heights == [(HEIGHT * 3 / 4, HEIGHT / 4), (0, HEIGHT * 3 / 4), (HEIGHT / 2, HEIGHT / 2)]
    assert chart.summary == "one 1, two 5. Highest: a, 4."
    assert Chart("x", "X", [], []).bars == []
    assert Chart("x", "X", ["a", "b", "c", "d", "e"], []).marks == ["a", "c", "e"]
