"""The list of comments in a browser: actions in place, keys, and a login that ran out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, select

from db import tables
from db.engine import open_engine
from service import admin_logins
from tests.browser.server import Server
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

PASSWORD = "a long and quiet sentence"
COMMENTS = 30


@dataclass(frozen=True)
class Installation:
    """A running service, and the cookies of its owner."""

    server: Server
    store: str
    login: Any


@pytest.fixture(scope="module")
def installation(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("service")
    with Server(folder, REPLY_RATE_LOGIN="0/minute") as server, chromium.new_context() as context:
        page = context.new_page()
        page.goto(server.setup_link)
        page.fill('[name="name"]', "Owner")
        for field in page.locator('input[type="password"]').all():
            field.fill(PASSWORD)
        page.get_by_role("button", name="Create the first admin").click()
        expect(page.get_by_role("searchbox")).to_be_visible()
        yield Installation(server, f"sqlite:///{folder / 'var' / 'comments.db'}", context.storage_state())


@pytest.fixture
def store(installation: Installation) -> Iterator[Engine]:
    """With 30 comments that wait, newest first: 0, 1, 2 … What earlier tests have added and decided is gone."""
    engine = open_engine(installation.store)
    with writing(engine) as connection:
        for table in (tables.decision, tables.comment, tables.page):
            connection.execute(table.delete())
    context: Any = SimpleNamespace(engine=engine)
    clock = Clock()
    for number in range(COMMENTS):
        add_comment(context, clock, text=f"Comment {number}", age=number)
    yield engine
    engine.dispose()


@pytest.fixture
def admin(chromium: Browser, installation: Installation, store: Engine) -> Iterator[Page]:
    """The list of those comments, as the owner sees it with JavaScript."""
    with chromium.new_context(storage_state=installation.login) as context:
        page = context.new_page()
        page.goto(f"{installation.server.url}/admin")
        expect(page.locator("article.item")).to_have_count(25)
        page.evaluate("window.sameDocument = true")
        yield page


def text_of(page: Page, position: int) -> str:
    return page.locator("article.item .words").nth(position).inner_text()


def height(page: Page, position: int) -> float:
    """Where a comment stands in the window, in pixels from its top."""
    box = page.locator("article.item").nth(position).bounding_box()
    assert box
    return box["y"]


def test_a_click_on_the_tenth_comment_leaves_the_page_where_it_is(admin: Page) -> None:
    tenth = admin.locator("article.item").nth(9)
    admin.locator("article.item .pick input").nth(2).check()
    tenth.get_by_role("button", name="Spam").hover()  # scrolls there
    before = height(admin, 9)
    assert admin.evaluate("scrollY") > 0
    tenth.get_by_role("button", name="Spam").click()
    expect(admin.locator(".tab-pending .count")).to_have_text("29")
    assert text_of(admin, 9) == "Comment 10"
    assert abs(height(admin, 9) - before) < 2
    expect(admin.locator("article.item .pick input").nth(2)).to_be_checked()
    expect(admin).to_have_title("(29) Comments · Leave a Reply")
    admin.get_by_role("button", name="Undo").click()
    expect(admin.locator(".tab-pending .count")).to_have_text("30")
    assert text_of(admin, 9) == "Comment 9"
    assert admin.evaluate("window.sameDocument")


def test_keys_act_and_go_on_with_the_next(admin: Page) -> None:
    for keys, waiting in (("jja", 29), ("s", 28), ("t", 27), ("u", 28)):
        for key in keys:
            admin.keyboard.press(key)
        expect(admin.locator(".tab-pending .count")).to_have_text(str(waiting))
    assert [text_of(admin, position) for position in range(3)] == ["Comment 0", "Comment 3", "Comment 4"]
    assert admin.evaluate("window.sameDocument")


def test_after_a_login_that_ran_out_the_decision_is_one_click_away_and_the_filter_the_same(admin: Page) -> None:
    admin.get_by_role("searchbox").fill("Comment 2")
    admin.get_by_role("searchbox").press("Enter")
    expect(admin.locator(".searched b")).to_have_text("12 comments found")
    admin.context.clear_cookies()
    admin.locator("article.item").first.get_by_role("button", name="Approve").click()
    admin.fill('[name="name"]', "Owner")
    admin.fill('[name="password"]', PASSWORD)
    admin.get_by_role("button", name="Log in").click()
    expect(admin.get_by_role("main")).to_contain_text("Please repeat it.")
    admin.get_by_role("button", name="Send again").click()
    expect(admin.get_by_role("status")).to_contain_text("1 comment approved.")
    expect(admin.locator(".searched b")).to_have_text("11 comments found")


def test_what_was_typed_when_a_login_ran_out_is_there_again_after_the_next(admin: Page) -> None:
    third = admin.locator("article.item").nth(2)
    third.get_by_role("link", name="Reply").click()
    third.get_by_label("Your reply").fill("Thank you for all of it")
    admin.context.clear_cookies()
    third.get_by_role("button", name="Publish the reply").click()
    admin.fill('[name="name"]', "Owner")
    admin.fill('[name="password"]', PASSWORD)
    admin.get_by_role("button", name="Log in").click()
    expect(third.get_by_label("Your reply")).to_have_value("Thank you for all of it")
    third.get_by_role("button", name="Publish the reply").click()
    expect(admin.get_by_role("status")).to_have_text("Your reply is published.")
    admin.reload()
    expect(admin.locator("#list .place")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_was_typed_when_a_login_ran_out_is_kept_without_javascript(admin: Page, width: int) -> None:
    storage, browser = admin.context.storage_state(), admin.context.browser
    assert browser
    with browser.new_context(
        java_script_enabled=False, storage_state=storage, viewport={"width": width, "height": 800}
    ) as plain:
        page = plain.new_page()
        page.goto(admin.url)
        page.locator(".act-reply").first.click()
        page.get_by_label("Your reply").fill("Thank you,\n\nfor all of it")
        plain.clear_cookies()
        page.get_by_role("button", name="Publish the reply").click()
        page.fill('[name="name"]', "Owner")
        page.fill('[name="password"]', "wrong")
        page.get_by_role("button", name="Log in").click()
        page.fill('[name="password"]', PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("Thank you,")).to_have_text("Thank you,\n\nfor all of it")
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_role("status")).to_have_text("Your reply is published.")


def test_filters_work_without_javascript(admin: Page) -> None:
    storage = admin.context.storage_state()
    browser = admin.context.browser
    assert browser
    with browser.new_context(java_script_enabled=False, storage_state=storage) as plain:
        page = plain.new_page()
        page.goto(admin.url)
        page.locator(".filters summary").click()
        page.get_by_label("Per page").select_option("50")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("article.item")).to_have_count(COMMENTS)
        page.locator("article.item").nth(20).get_by_role("button", name="Approve").click()
        expect(page.locator("article.item")).to_have_count(COMMENTS - 1)


def test_a_comment_is_edited_and_answered_in_place_and_what_is_typed_stays(admin: Page) -> None:
    second, third = (admin.locator("article.item").nth(position) for position in (1, 2))
    third.get_by_role("link", name="Reply").click()
    third.get_by_label("Your reply").fill("Thank you for")
    second.focus()
    admin.keyboard.press("e")
    expect(second.get_by_label("Comment", exact=True)).to_be_focused()
    second.get_by_label("Comment", exact=True).fill("Better words")
    second.get_by_role("button", name="Save").click()
    expect(admin.get_by_role("status")).to_have_text("Saved.")
    assert text_of(admin, 1) == "Better words"
    expect(third.get_by_label("Your reply")).to_have_value("Thank you for")
    third.get_by_label("Your reply").fill("Thank you for all of it")
    third.get_by_role("button", name="Publish the reply").click()
    expect(admin.get_by_role("status")).to_have_text("Your reply is published.")
    expect(admin.locator(".tab-approved .count")).to_have_text("2")
    expect(admin.locator("#list .place")).to_have_count(0)
    admin.keyboard.press("y")
    expect(admin.locator("#list .place")).to_have_count(1)
    admin.keyboard.press("Escape")
    expect(admin.locator("#list .place")).to_have_count(0)
    assert admin.evaluate("window.sameDocument")
    admin.keyboard.press("?")
    expect(admin.get_by_role("dialog")).to_be_visible()
    admin.keyboard.press("Escape")
    expect(admin.get_by_role("dialog")).to_be_hidden()


def copies(store: Engine, number: int) -> None:
    """Add older comments like the first one: a third of them spam, a tenth for the trash."""
    comment = tables.comment
    with writing(store) as connection:
        first = dict(connection.execute(select(comment).order_by(comment.c.created_at.desc())).first()._mapping)  # type: ignore[union-attr]
        rows = []
        for at in range(number):
            word = "rubbish" if at % 10 == 9 else "casino" if at % 10 in (1, 4, 7) else "honest"
            day = first["created_at"] - timedelta(days=2, minutes=at)
            rows.append(first | {"id": 1000 + at, "text": f"A {word} remark {at}", "created_at": day})
        connection.execute(comment.insert(), rows)


def test_three_thousand_comments_are_moved_and_come_back_with_one_click_each(admin: Page, store: Engine) -> None:
    copies(store, 2970)
    admin.reload()
    admin.get_by_label("All 3000 in this list").check()
    admin.locator("#bulk").get_by_role("button", name="Spam").click()
    expect(admin.get_by_role("status")).to_have_text("3000 comments marked as spam.", timeout=120_000)
    expect(admin.locator(".tab-spam .count")).to_have_text("3,000")
    admin.get_by_role("button", name="Undo").click()
    expect(admin.get_by_role("status")).to_have_text("Undone: 3000 comments are back where they were.", timeout=120_000)
    expect(admin.locator(".tab-spam .count")).to_have_text("0")


def test_a_hundred_mixed_comments_take_less_than_sixty_actions_and_no_page_load(admin: Page, store: Engine) -> None:
    copies(store, 100)
    admin.goto(f"{admin.url.partition('?')[0]}?status=pending&per=100")
    admin.get_by_role("searchbox").fill("remark")
    admin.get_by_role("searchbox").press("Enter")
    expect(admin.locator(".searched b")).to_have_text("100 comments found")
    expect(admin.locator("article.item")).to_have_count(100)
    admin.evaluate("window.sameDocument = true; window.acts = 0; addEventListener('click', () => window.acts++, true)")
    bulk = admin.locator("#bulk")
    for word, button, number in (("casino", "Spam", 30), ("rubbish", "Trash", 10)):
        items = admin.locator("article.item", has_text=word)
        items.locator(".pick input").evaluate_all("boxes => boxes.forEach((box) => box.click())")
        bulk.get_by_role("button", name=button).click()
        expect(admin.get_by_role("status")).to_contain_text(f"{number} comments")
    admin.get_by_label("All on this page").check()
    bulk.get_by_role("button", name="Approve").click()
    expect(admin.get_by_role("status")).to_contain_text("60 comments approved.")
    assert admin.evaluate("window.sameDocument"), "no page was loaded"
    assert admin.evaluate("window.acts") <= 60


def test_a_second_moderator_is_told_what_the_first_has_decided(admin: Page, store: Engine) -> None:
    with writing(store) as connection:
        mara = admin_logins.add(connection, "Mara", "no hash", datetime.now(UTC))
        assert mara
        cookie = admin_logins.open_session(connection, mara, datetime.now(UTC))
    browser = admin.context.browser
    assert browser
    with browser.new_context() as other:
        other.add_cookies([{"name": "lar", "value": cookie, "url": admin.url}])
        page = other.new_page()
        page.goto(admin.url)
        page.locator("article.item").first.get_by_role("button", name="Spam").click()
        expect(page.get_by_role("status")).to_contain_text("1 comment marked as spam.")
    admin.locator("article.item").first.get_by_role("button", name="Approve").click()
    said = admin.get_by_role("status")
    expect(said).to_contain_text("Mara has already decided on 1 comment, so it was left alone.")
    expect(admin.locator(".tab-spam .count")).to_have_text("1")


def test_the_classifiers_words_fit_a_phone(admin: Page, installation: Installation, store: Engine) -> None:
    sentence = "The text reads like spam (general 5.1): casino +2.0, a link to casino-bonus-and-more.example +1.0."
    reasons = [{"symbol": "classifier", "weight": 5.0, "sentence": sentence}]
    add_comment(SimpleNamespace(engine=store), Clock(), score=5.0, reasons=reasons, age=-1)  # type: ignore[arg-type]
    admin.set_viewport_size({"width": 390, "height": 844})
    admin.reload()
    admin.locator(".reasons summary").first.click()
    lines = """table => [...table.querySelectorAll('td:nth-child(n + 3)')].map(cell => {
        const range = document.createRange()
        range.selectNodeContents(cell.querySelector('bdi') ?? cell)
        return range.getClientRects().length
    })"""
    table = admin.locator(".words-weighed")
    assert table.evaluate(lines) == [1, 1, 1, 1], "a word or number is broken"
    bars = [box["width"] for bar in table.locator("rect").all() if (box := bar.bounding_box())]
    assert bars[0] == pytest.approx(2 * bars[1])
    assert admin.evaluate("document.documentElement.scrollWidth") == 390
