"""Housekeeping deletes what has expired, and nothing else."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from db import tables
from db.models import Status
from service.comments.moderate import decide
from service.housekeeping import chores
from service.web.context import AppContext
from tests.conftest import Clock
from tests.reader import Reader


def keep_house(context: AppContext, now: datetime) -> None:
    for job in chores(context.settings, now):
        context.writer.run(job)


def rows(context: AppContext, table: Any) -> int:
    with context.engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


def test_spent_tokens_go_when_they_would_have_expired(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post()
    keep_house(context, clock.now + timedelta(hours=23))
    assert rows(context, tables.spent) == 1
    keep_house(context, clock.now + timedelta(hours=25))
    assert rows(context, tables.spent) == 0
    assert rows(context, tables.comment) == 1


def test_a_clients_network_is_forgotten_after_two_days(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post()
    keep_house(context, clock.now + timedelta(hours=47))
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.client)).scalar() is not None
    keep_house(context, clock.now + timedelta(hours=49))
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.client)).scalar() is None


def test_spam_goes_after_a_fortnight_and_a_comment_marked_lately_stays(
    reader: Reader, context: AppContext, clock: Clock
) -> None:
    reader.post(comment="filed long ago")
    context.writer.run(lambda c: c.execute(update(tables.comment).values(status=Status.SPAM)))
    reader.post(comment="marked lately")
    with context.engine.connect() as connection:
        approved = select(tables.comment.c.site_id, tables.comment.c.id)
        keys = [tuple(row) for row in connection.execute(approved.where(tables.comment.c.status == Status.APPROVED))]
    clock.advance(days=14)
    context.writer.run(decide, keys, Status.SPAM, None, clock())
    keep_house(context, clock.now + timedelta(days=2))
    with context.engine.connect() as connection:
        assert connection.execute(select(tables.comment.c.text)).scalars().all() == ["marked lately"]
    keep_house(context, clock.now + timedelta(days=16))
    assert rows(context, tables.comment) == 0


def test_imported_spam_waits_for_a_human(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post()
    imported = update(tables.comment).values(status=Status.SPAM, source="wordpress", source_id="x:1")
    context.writer.run(lambda c: c.execute(imported))
    keep_house(context, clock.now + timedelta(days=400))
    assert rows(context, tables.comment) == 1


def test_what_is_shown_is_kept_for_ever(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post()
    keep_house(context, clock.now + timedelta(days=4000))
    assert rows(context, tables.comment) == 1


def test_addresses_and_websites_go_when_the_owner_says_so(reader: Reader, context: AppContext, clock: Clock) -> None:
    reader.post(url="https://ada.example")
    assert "ada.example" in reader.read()
    with context.engine.connect() as connection:
        before = connection.execute(select(tables.page.c.version)).scalar_one()
    settings = context.settings.model_copy(update={"email_days": 30, "website_days": 10})
    clock.advance(days=29)
    for job in chores(settings, clock()):
        context.writer.run(job)
    with context.engine.connect() as connection:
        found = connection.execute(select(tables.comment.c.email, tables.comment.c.url)).one()
        after = connection.execute(select(tables.page.c.version)).scalar_one()
    assert found == ("ada@example.org", "")
    assert after == before + 1, "readers see websites"
    clock.advance(days=2)
    for job in chores(settings, clock()):
        context.writer.run(job)
    with context.engine.connect() as connection:
        found = connection.execute(select(tables.comment.c.email, tables.comment.c.said_by_email)).one()
    assert found == ("", None)
