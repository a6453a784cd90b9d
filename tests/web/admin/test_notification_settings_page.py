"""An admin asks to be told of comments by mail: with the password, a confirmed address, and a choice for each site."""

import pytest
from sqlalchemy import select

from db import tables
from service import admin_logins, moderator_mail, sites
from service.mailed_link import sign_address
from service.moderator_mail import Mailbox, MailTopic, Pace, Wish
from service.settings import Settings
from service.web import background_tasks
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import PASSWORD, Browser

ADDRESS = "ida@blog.example"


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(background_tasks, "MAIL_EVERY", 3600.0)
    mail = {"smtp_url": "smtp://127.0.0.1:9", "mail_from": "comments@blog.example"}
    return Settings(**{**settings.model_dump(), **mail})


def mailbox_of(context: AppContext, admin_id: int) -> Mailbox | None:
    with context.engine.connect() as connection:
        return moderator_mail.read_mailbox(connection, admin_id)


def wishes_of(context: AppContext, admin_id: int) -> dict[int, Wish]:
    with context.engine.connect() as connection:
        return moderator_mail.read_wishes(connection, admin_id)


def ask(browser: Browser, address: str = ADDRESS, password: str = PASSWORD) -> int:
    answer = browser.post("/admin/account/mail", action="ask", address=address, current=password)
    return answer.status_code


def token_of(context: AppContext, admin_id: int) -> str:
    known = mailbox_of(context, admin_id)
    assert known
    return sign_address(context.keyring, known.id, context.clock())


def test_an_address_counts_once_it_is_confirmed(browser: Browser, context: AppContext, ida: int) -> None:
    assert ask(browser) == 303
    assert "is not confirmed yet" in browser.get("/admin/account").text
    token = token_of(context, ida)
    page = browser.get(f"/admin/account/mail?token={token}")
    assert (page.status_code, ADDRESS in page.text) == (200, True)
    known = mailbox_of(context, ida)
    assert known is not None
    assert known.confirmed_at is None, "a GET changes nothing"
    assert browser.post("/admin/account/mail", action="confirm", token=token).status_code == 303
    page = browser.get("/admin/account?what=mail-confirmed")
    assert f"Notifications go to <b><bdi>{ADDRESS}</bdi></b>" in page.text
    assert '<option value="held" selected>' in page.text
    assert '<option value="hour" selected>' in page.text


def test_the_mail_with_the_link_is_queued(browser: Browser, context: AppContext, ida: int) -> None:
    ask(browser)
    known = mailbox_of(context, ida)
    assert known
    with context.engine.connect() as connection:
        rows = connection.execute(select(tables.outbox.c.kind, tables.outbox.c.about)).all()
    assert [tuple(row) for row in rows] == [("address", known.id)]


@pytest.mark.parametrize("typed", ["", "nobody", "a@b\r\nBcc: eve@example.org", "<script>@x", "a" * 100 + "@x.example"])
def test_what_is_no_address_comes_back(browser: Browser, context: AppContext, ida: int, typed: str) -> None:
    answer = browser.post("/admin/account/mail", action="ask", address=typed, current=PASSWORD)
    assert (answer.status_code, "Please enter a valid email address." in answer.text) == (422, True)
    assert "<script>@" not in answer.text
    assert mailbox_of(context, ida) is None


def test_it_costs_the_password(browser: Browser, context: AppContext, ida: int) -> None:
    assert ask(browser, password="a guess that is wrong") == 422
    assert mailbox_of(context, ida) is None


def test_a_link_is_for_the_admin_who_asked_and_for_two_days(
    browser: Browser, context: AppContext, ida: int, clock: Clock
) -> None:
    kit = context.writer.run(admin_logins.add, "Kit", "no hash", clock())
    assert kit
    other = context.writer.run(moderator_mail.set_mailbox, kit, "kit@blog.example", clock())
    ask(browser)
    first = token_of(context, ida)
    clock.advance(minutes=2)
    ask(browser, "new@blog.example")
    for token in (sign_address(context.keyring, other, clock()), first, "x", ""):
        assert browser.get(f"/admin/account/mail?token={token}").status_code == 404
        assert browser.post("/admin/account/mail", action="confirm", token=token).status_code == 404
    newest = token_of(context, ida)
    clock.advance(days=2)
    assert browser.post("/admin/account/mail", action="confirm", token=newest).status_code == 404


def test_each_site_has_a_choice_and_only_ones_own(
    browser: Browser, context: AppContext, ida: int, clock: Clock
) -> None:
    context.writer.run(sites.register, "https://other.example", clock())
    ask(browser)
    browser.post("/admin/account/mail", action="confirm", token=token_of(context, ida))
    choice = {
        "what-1": "all",
        "pace-1": "day",
        "what-2": "nothing",
        "pace-2": "now",
        "what-77": "all",
        "pace-77": "now",
    }
    assert browser.post("/admin/account/mail", action="wishes", **choice).status_code == 303
    assert wishes_of(context, ida)[1] == Wish(MailTopic.ALL, Pace.DAY)
    assert 77 not in wishes_of(context, ida)
    browser.post("/admin/account/mail", action="wishes", **{"what-1": "everything", "pace-1": "now"})
    assert wishes_of(context, ida)[1] == Wish(MailTopic.ALL, Pace.DAY)
    page = browser.get("/admin/account").text
    assert '<option value="day" selected>' in page


def test_an_address_can_be_removed(browser: Browser, context: AppContext, ida: int) -> None:
    ask(browser)
    browser.post("/admin/account/mail", action="forget")
    assert mailbox_of(context, ida) is None
    assert browser.post("/admin/account/mail", action="burn").status_code == 400
