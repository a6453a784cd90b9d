"""A moderator acts by the links in a mail: once, for three days, as nobody else, and after being asked."""

import pytest
from sqlalchemy import select

from db import tables
from db.models import Status
from service import admin_accounts, admin_logins, moderator_mail, sites
from service.admin_rights import Role
from service.comments import moderate
from service.log_list import read_log
from service.mail.smtp_delivery import Delivery
from service.moderator_mail import MailTopic
from service.web.context import AppContext
from tests.conftest import Clock
from tests.mail.conftest import MailServer
from tests.mail.moderators import Desk, links_of
from tests.reader import ARTICLE, Reader
from tests.web.admin.conftest import statuses


@pytest.fixture
def desk(reader: Reader, delivery: Delivery, mail_server: MailServer, context: AppContext, clock: Clock) -> Desk:
    return Desk(reader, delivery, mail_server, context, clock).begin()


def status(desk: Desk) -> str:
    (only,) = statuses(desk.context).values()
    return only


def test_a_link_shows_the_comment_and_changes_nothing(desk: Desk) -> None:
    links = desk.links("Is *this* <b>right</b>?")
    assert list(links) == ["approve", "spam", "trash", "reply"]
    for link in links.values():
        page = desk.open(link)
        assert page.status_code == 200
        assert "Is *this* &lt;b&gt;right&lt;/b&gt;?" in page.text
        assert ARTICLE in page.text
        assert "Spam filter result" in page.text
        assert "ada@example.org" not in page.text
        assert page.headers["referrer-policy"] == "same-origin"
        assert page.headers["cache-control"] == "no-store"
    assert status(desk) == "pending"


@pytest.mark.parametrize(("action", "after"), [("approve", "approved"), ("spam", "spam"), ("trash", "trash")])
def test_a_button_acts_as_the_moderator_and_can_be_taken_back(desk: Desk, action: str, after: str) -> None:
    link = desk.links()[action]
    page = desk.press(link, action)
    assert page.status_code == 200
    assert 'value="undo"' in page.text
    assert status(desk) == after
    with desk.context.engine.connect() as connection:
        entry = read_log(connection).entries[0]
    assert (entry.by, entry.action) == ("Ida", after)
    back = desk.press(link, "undo")
    assert (back.status_code, "The comment is back as it was" in back.text) == (200, True)
    assert status(desk) == "pending"
    assert desk.press(link, "undo").text.count('value="undo"') == 0


def test_a_link_works_once_and_so_do_the_others_of_its_mail(desk: Desk) -> None:
    links = desk.links()
    desk.press(links["spam"], "spam")
    again = desk.press(links["approve"], "approve")
    assert (again.status_code, "This link has already been used" in again.text) == (410, True)
    assert desk.open(links["trash"]).status_code == 410
    assert status(desk) == "spam"


def test_two_clicks_at_once_are_one_decision(desk: Desk) -> None:
    link = desk.links()["approve"]
    for _ in range(2):
        desk.press(link, "approve")
    with desk.context.engine.connect() as connection:
        assert len(connection.execute(select(tables.decision.c.id)).all()) == 1


def test_a_reply_is_the_sites_own(desk: Desk) -> None:
    link = desk.links("When is the harbour open?")["reply"]
    assert "<details" in desk.open(link).text
    empty = desk.press(link, "reply", reply=" ")
    assert empty.status_code == 422
    page = desk.press(link, "reply", reply="From *nine* on.")
    assert "Your reply is published" in page.text
    columns = (tables.comment.c.author, tables.comment.c.text, tables.comment.c.staff, tables.comment.c.status)
    with desk.context.engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(tables.comment.c.id)).all()
    assert rows[0].status is Status.APPROVED
    assert tuple(rows[1]) == ("Ida", "From *nine* on.", True, Status.APPROVED)
    assert desk.press(link, "reply", reply="Twice.").status_code == 410


def test_a_reply_that_cannot_be_taken_comes_back(desk: Desk) -> None:
    link = desk.links()["reply"]
    desk.context.writer.run(lambda c: c.execute(tables.page.update().values(closed=True)))
    page = desk.press(link, "reply", reply="Too late?")
    assert page.status_code == 422
    assert "comments are closed" in page.text
    assert "Too late?</textarea>" in page.text
    assert status(desk) == "pending", "the comment is not approved without the reply"
    assert desk.open(link).status_code == 200


@pytest.mark.parametrize("action", ["spam", "trash"])
def test_a_reply_to_what_was_put_aside_meanwhile_is_not_lost(desk: Desk, action: str) -> None:
    links = desk.links()
    desk.press(links["reply"], action)
    page = desk.press(links["reply"], "reply", reply="Thank you!")
    assert (page.status_code, status(desk)) == (410, action)
    assert "Thank you!</textarea>" in page.text


def test_a_reply_by_a_link_of_what_waits_no_longer_changes_nothing(desk: Desk) -> None:
    link = desk.links()["reply"]
    with desk.context.engine.connect() as connection:
        key = connection.execute(select(tables.comment.c.site_id, tables.comment.c.id)).one()
    desk.context.writer.run(moderate.decide, [tuple(key)], Status.TRASH, desk.olga, desk.clock())
    page = desk.press(link, "reply", reply="Thank you!")
    assert (page.status_code, status(desk), "Thank you!</textarea>" in page.text) == (409, "trash", True)


def test_a_link_is_good_for_three_days(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.clock.advance(days=3, seconds=-1)
    assert desk.open(link).status_code == 200
    desk.clock.advance(seconds=1)
    assert desk.open(link).status_code == 410
    late = desk.press(link, "approve")
    assert (late.status_code, "has expired" in late.text, 'href="../admin"' in late.text) == (410, True, True)
    assert status(desk) == "pending"


def test_a_forged_link_says_so(desk: Desk) -> None:
    link = desk.links()["approve"]
    # The last letter but one: two bits of the last one mean nothing, so another may be the same signature.
    other = f"{link[:-2]}{'A' if link[-2] != 'A' else 'B'}{link[-1]}"
    for forged in (other, "/admin/mailed", "/admin/mailed?token=" + "x" * 3000):
        for answer in (desk.open(forged), desk.press(forged, "approve")):
            assert (answer.status_code, "This link is not valid" in answer.text) == (404, True)
    assert status(desk) == "pending"


def test_an_action_that_is_not_known_changes_nothing(desk: Desk) -> None:
    assert desk.press(desk.links()["approve"], "burn").status_code == 400


def test_another_site_cannot_press_the_button(desk: Desk) -> None:
    link = desk.links()["approve"]
    for headers in ({"sec-fetch-site": "cross-site", "origin": "https://evil.example"}, {}):
        answer = desk.reader.client.post(link, data={"action": "approve"}, headers=headers)
        assert answer.status_code == 403
    assert status(desk) == "pending"


@pytest.mark.parametrize("lost", ["removed", "read only", "another site", "another address"])
def test_rights_are_those_of_the_moment(desk: Desk, lost: str) -> None:
    link = desk.links()["approve"]
    run, now = desk.context.writer.run, desk.clock()
    if lost == "removed":
        run(admin_accounts.remove, desk.ida, desk.olga, now)
    elif lost == "another address":
        run(moderator_mail.set_mailbox, desk.ida, "new@blog.example", now)
    else:
        run(admin_accounts.set_role, desk.ida, Role.READER if lost == "read only" else Role.MODERATOR, set(), None, now)
    for answer in (desk.open(link), desk.press(link, "approve")):
        assert answer.status_code == 403
        assert "Please look at this" not in answer.text
    assert status(desk) == "pending"


def test_who_may_not_moderate_any_more_cannot_undo(desk: Desk) -> None:
    link = desk.links()["trash"]
    desk.press(link, "trash")
    desk.context.writer.run(admin_accounts.set_role, desk.ida, Role.READER, None, None, desk.clock())
    assert desk.press(link, "undo").status_code == 403
    assert status(desk) == "trash"


def test_what_another_moderator_did_is_said_and_stays(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.clock.advance(minutes=5)
    (key,) = statuses(desk.context)
    comment_id = int(key.partition("-")[2])
    desk.context.writer.run(moderate.decide, [(1, comment_id)], Status.TRASH, desk.olga, desk.clock())
    for answer in (desk.open(link), desk.press(link, "approve")):
        assert answer.status_code == 409
        assert "Olga" in answer.text
        assert "2026-11-24T12:05" in answer.text
        assert 'value="approve"' not in answer.text, "nobody is logged in"
    assert status(desk) == "trash"
    cookie = desk.context.writer.run(admin_logins.open_session, desk.olga, desk.clock())
    desk.reader.client.cookies.set("lar", cookie)
    page = desk.open(link).text
    assert 'action="../admin/comments"' in page
    assert 'value="restore"' in page


def test_a_decision_on_several_comments_at_once_is_said_too(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.post("And at that.", name="Tom")
    desk.clock.advance(minutes=5)
    keys = [(1, int(key.partition("-")[2])) for key in statuses(desk.context)]
    desk.context.writer.run(moderate.decide, keys, Status.SPAM, desk.olga, desk.clock())
    page = desk.open(link)
    assert (page.status_code, "Olga" in page.text, "together with other comments" in page.text) == (409, True, True)


def test_an_edit_since_the_mail_is_a_change(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.change(text="Buy pills.")
    answer = desk.press(link, "approve")
    assert (answer.status_code, "Buy pills." in answer.text) == (409, True)
    assert status(desk) == "pending"


def test_a_comment_that_was_deleted_for_good_is_gone(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.context.writer.run(lambda c: c.execute(tables.comment.delete()))
    assert desk.open(link).status_code == 404
    assert desk.press(link, "approve").status_code == 404


def test_an_undo_leaves_alone_what_somebody_decided_since(desk: Desk) -> None:
    link = desk.links()["approve"]
    desk.press(link, "approve")
    (key,) = statuses(desk.context)
    comment_id = int(key.partition("-")[2])
    desk.clock.advance(minutes=5)
    desk.context.writer.run(moderate.decide, [(1, comment_id)], Status.SPAM, desk.olga, desk.clock())
    assert "Nothing was undone" in desk.press(link, "undo").text
    assert status(desk) == "spam"


def test_mail_programs_end_the_mails_by_one_post(desk: Desk) -> None:
    desk.post("Please look at this.")
    (mail,) = desk.deliver()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = mail["List-Unsubscribe"].strip("<>").partition("comments.test")[2]
    assert desk.open(stop).status_code == 200
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = desk.reader.client.post(stop, content="List-Unsubscribe=One-Click", headers=form)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    desk.post("And at that.", name="Tom")
    assert desk.deliver() == []
    desk.context.writer.run(sites.register, "https://other.example", desk.clock())
    assert desk.reader.client.post(stop, data={"all": "1"}).status_code == 200
    with desk.context.engine.connect() as connection:
        wishes = moderator_mail.read_wishes(connection, desk.ida)
    assert {wish.what for wish in wishes.values()} == {MailTopic.NOTHING}
    assert set(wishes) > {1}
    assert desk.open(stop + "x").status_code == 404
    assert desk.reader.client.post("/mail/notices?token=x").status_code == 404


def test_links_keep_to_the_comment_of_the_mail(desk: Desk) -> None:
    """A token says which comment it is about; no field does."""
    link = desk.links()["trash"]
    other = desk.post("Leave me alone.", name="Tom")
    desk.press(link, "trash", comment=f"1-{other}")
    assert statuses(desk.context)[f"1-{other}"] == "pending"


def test_three_days_begin_when_the_mail_is_sent(desk: Desk) -> None:
    desk.post("Please look at this.")
    desk.clock.advance(days=2)
    (mail,) = desk.deliver()
    desk.clock.advance(days=2)
    assert desk.open(links_of(mail)["approve"]).status_code == 200
