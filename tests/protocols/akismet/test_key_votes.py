"""``submit-spam`` and ``submit-ham``: the key's own weights, and the counts of what was wrong."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, select
from starlette.testclient import TestClient

from db import tables
from db import tables as of_service
from db.models import VoteSource
from service import sites
from service.spam import spam_settings_form
from service.spam.classifier import Sample
from service.spam.learning import key_votes
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.akismet.conftest import HONEST, Blog
from tests.reader import Reader

THANKS = "Thanks for making the web a better place."
PITCH = "Our team of gardeners in Leeds mows, trims and plants; ask Harold about the autumn offer on hedges."
OTHERS = [
    "Harold of our Leeds team trims hedges in autumn, ask for the offer.",
    "An autumn offer by the gardeners of Leeds: hedges, lawns, Harold comes at once.",
    "Hedges in Leeds? Harold and his team have an offer for the autumn.",
    "Mowing and trimming in Leeds, our gardeners make an autumn offer.",
    "Ask Harold: gardeners in Leeds who trim hedges, with an offer all autumn.",
    "Plants, lawns and hedges: the team of Harold in Leeds mows and trims, see the offer.",
    "Leeds gardeners ask for nothing up front; Harold trims the hedges this autumn.",
    "Autumn is for hedges. Our team in Leeds plants and trims, the offer is with Harold.",
]


def rows(context: AppContext, table: sqlalchemy.Table) -> list[Any]:
    with context.engine.connect() as connection:
        return list(connection.execute(table.select()).all())


def votes(context: AppContext) -> list[Any]:
    return [row for row in rows(context, tables.spam_vote) if row.source == VoteSource.KEY]


def teach(blog: Blog, call: str, texts: list[str]) -> None:
    for text in texts:
        blog.clock.advance(seconds=30)
        who = {"comment_author": text.split()[1], "comment_author_email": f"{text.split()[2]}@example.net".lower()}
        assert blog.call(call, blog.comment(text, **who)).text == THANKS


def test_submissions_teach_the_key(blog: Blog) -> None:
    assert blog.check(PITCH).text == "false"
    for greeting in ("Hello there,", "Good morning:", "Dear all,", "News!", "Hi,"):
        teach(blog, "submit-spam", [f"{greeting} {text}" for text in OTHERS])
    teach(blog, "submit-ham", [HONEST, "I disagree with the third point, but it made me think. Thanks!"])
    assert blog.check(PITCH).text == "true"
    assert blog.check("Lovely photographs. Which lens did you take for the last one?").text == "false"


@pytest.mark.parametrize("call", ["submit-spam", "submit-ham"])
def test_a_submission_needs_no_address(blog: Blog, context: AppContext, call: str) -> None:
    """WordPress's plugin no longer has it once its own record is 15 days old."""
    comment = blog.comment(OTHERS[0])
    del comment["user_ip"]
    assert blog.call(call, comment).text == THANKS
    assert [vote.spam for vote in votes(context)] == [call == "submit-spam"]


def test_one_submission_of_a_letter_does_not_make_a_greeting_wait(blog: Blog) -> None:
    blog.call("submit-spam", blog.comment("x"))
    assert blog.check("hello").text == "false"


def test_submissions_teach_no_other_key(blog: Blog, context: AppContext, clock: Clock) -> None:
    teach(blog, "submit-spam", OTHERS)
    other = context.writer.run(sites.register, "https://other.example", clock())
    assert other
    assert Blog(blog.client, other, clock).check(PITCH).text == "false"


def test_a_lesson_is_undone_by_the_opposite_one(blog: Blog, context: AppContext) -> None:
    teach(blog, "submit-spam", OTHERS)
    teach(blog, "submit-ham", OTHERS)
    assert len(votes(context)) == len(OTHERS)
    assert blog.check(PITCH).text == "false"


def test_nothing_that_was_written_is_kept(blog: Blog, context: AppContext) -> None:
    blog.check(PITCH)
    teach(blog, "submit-spam", [PITCH])
    for table in (of_service.checked, tables.spam_vote, tables.spam_model, of_service.usage_day):
        assert rows(context, table)
        assert not any(word in repr(rows(context, table)) for word in ("Leeds", "Harold", "Ada", "192.0.2"))


def test_a_correction_is_counted_once(blog: Blog) -> None:
    guid = blog.check(PITCH).headers["x-akismet-guid"]
    for _ in range(2):
        blog.call("submit-spam", blog.comment(PITCH, guid=guid))
    blog.check(PITCH, comment_author="viagra-test-123")
    blog.call("submit-ham", blog.comment(PITCH, comment_author="viagra-test-123"))
    stats = blog.stats()
    assert (stats["missed_spam"], stats["false_positives"]) == ("1", "1")
    assert stats["accuracy"] == "0.00"


def test_agreeing_is_no_correction(blog: Blog) -> None:
    blog.check(PITCH)
    blog.call("submit-ham", blog.comment(PITCH))
    assert blog.stats()["false_positives"] == "0"


@pytest.mark.parametrize("guid", ["", "junk", "0" * 32, "é"])
def test_an_unknown_id_is_thanked_for_too(blog: Blog, guid: str) -> None:
    assert blog.call("submit-spam", blog.comment(PITCH, guid=guid)).text == THANKS


def test_a_test_and_an_empty_comment_teach_nothing(blog: Blog, context: AppContext) -> None:
    blog.call("submit-spam", blog.comment(PITCH, is_test="1"))
    blog.call("submit-spam", blog.comment("", comment_author="", comment_author_email=""))
    assert votes(context) == []


def test_a_key_teaches_so_much_a_day(
    blog: Blog, context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_votes, "VOTES_A_DAY", 2)
    teach(blog, "submit-spam", OTHERS)
    assert len(votes(context)) == 2
    clock.advance(hours=25)
    teach(blog, "submit-spam", OTHERS[2:])
    assert len(votes(context)) == 4
    clock.advance(days=366)
    teach(blog, "submit-spam", OTHERS[:1])
    assert len(votes(context)) == 1


def test_after_many_votes_the_learner_rests_and_the_next_round_has_what_came_meanwhile(
    blog: Blog, context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer, looked = context.spam.trainer, list[VoteSource]()
    look = trainer.refit_if_changed
    monkeypatch.setattr(
        trainer, "refit_if_changed", lambda site, source: (looked.append(source), look(site, source))[1]
    )
    monkeypatch.setattr("service.spam.learning.trainer.REST", 1e9)  # so that it does not matter how fast this goes
    context.writer.run(fill, blog.site.id, 101, clock())
    for _ in range(2):
        teach(blog, "submit-spam", OTHERS[:1])
    assert looked == [VoteSource.KEY]


def fill(connection: Connection, site_id: int, number: int, at: datetime) -> None:
    """So many votes by the key, one a day, of spam and of honest comments in turn."""
    for n in range(number):
        spam = n % 2 == 0
        one, other = OTHERS[n // 2 % 8], OTHERS[n // 16 % 8]
        text = f"{one[:40]} {other[30:]}" if spam else f"{HONEST} Was it number {n} of {n * n} that you meant?"
        row = key_votes.vote_row(
            site_id, n.to_bytes(8), Sample(text, f"Name {n}"), at - timedelta(days=number - n), spam=spam
        )
        assert key_votes.record_vote(connection, row)


@pytest.mark.parametrize("allowed", [False, True])
def test_260_votes_move_the_form_only_where_the_owner_allows_it(
    reader: Reader, client: TestClient, context: AppContext, clock: Clock, *, allowed: bool
) -> None:
    """Site 1 has a form of its own here, and a key that others may know."""
    if allowed:
        context.writer.run(spam_settings_form.save_settings, 1, {"key_votes": True}, clock())
    context.writer.run(fill, 1, 260, clock())
    assert context.spam.trainer.refit_if_changed(1, VoteSource.KEY)
    with context.engine.connect() as connection:
        check_key = connection.execute(select(tables.site.c.check_key).where(tables.site.c.id == 1)).scalar_one()
    asked = {"key": check_key, "text": PITCH, "author": "Harold", "email": "harold@example.net"}
    assert client.post("/api/v1/check", json=asked).json()["action"] != "publish"
    posted = reader.post(json=True, comment=PITCH, author="Harold", email="harold@example.net").json()
    assert posted["status"] == ("pending" if allowed else "approved")


def test_old_verdicts_go(blog: Blog, context: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    blog.check()
    clock.advance(days=16)
    monkeypatch.setattr("service.protocols.akismet.comment_check.new_guid", lambda: bytes(16))
    blog.check()
    assert len(rows(context, of_service.checked)) == 1
