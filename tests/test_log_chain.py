"""The chain of the log finds what was removed, changed or cut off, on each database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, select, update
from starlette.testclient import TestClient

from db import tables
from db.models import Status
from service import admin_logins, log_audit, log_chain, log_list
from service.action_log import Act, ActKind, record
from service.comments import moderate
from service.comments.admin_edit import delete_comment, edit_comment
from service.doctor.log_check import inspect_log, read_log_state
from service.housekeeping import chores
from service.log_audit import Break
from service.secret_keys import Keyring, keyed_hash
from service.web.background_tasks import check_log
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

entry, content, head = tables.log_entry.c, tables.log_content.c, tables.log_head.c


@pytest.fixture
def chain(client: TestClient, context: AppContext, clock: Clock) -> AppContext:
    """A log of four entries about one comment: approved, edited, held, edited."""
    site_id, _, comment_id = add_comment(context, clock).partition("-")
    key = (int(site_id), int(comment_id))
    assert client.portal
    for number, after in enumerate((Status.APPROVED, Status.PENDING)):
        client.portal.call(context.write, moderate.decide, [key], after, 1, clock())
        client.portal.call(context.write, edit_comment, key, {"text": f"Version {number}"}, 1, clock())
    return context


def entry_at(connection: Connection, place: int) -> int:
    query = select(entry.id).where(entry.site_id == 1, entry.place == place)
    return int(connection.execute(query).scalar_one())


def swap(connection: Connection, one: int, other: int) -> None:
    """Exchange the words of two entries."""
    for old, new in ((one, 0), (other, one), (0, other)):
        connection.execute(update(tables.log_content).where(content.entry_id == old).values(entry_id=new))


def as_before(context: AppContext) -> None:
    """Make the chain of site 1 as it was made when links did not cover every column; the last entry as today."""
    place, link = 0, b""
    with writing(context.engine) as connection:
        for row in connection.execute(log_chain.ENTRIES.where(entry.site_id == 1).order_by(entry.place)).all():
            digest = keyed_hash(row.salt, row.content.encode()) if row.content else b""
            place, link = place + 1, log_chain.link_of(link, place + 1, row._mapping, digest)
            this = (entry.site_id == 1, entry.id == row.id)
            connection.execute(update(tables.log_entry).where(*this).values(link=link, content_digest=digest))
        connection.execute(update(tables.log_head).where(head.site_id == 1).values(place=0, seal=b""))
        connection.execute(update(tables.log_entry).where(entry.site_id == 1, entry.place == place).values(place=None))
        newest = context.keyring.newest("log")
        before = connection.execute(select(entry.link).where(entry.site_id == 1, entry.place == place - 1)).scalar()
        seal = log_chain._seal(newest, 1, place - 1, before or b"")
        connection.execute(update(tables.log_head).where(head.site_id == 1).values(place=place - 1, seal=seal))
        log_chain.join(connection, context.keyring, 1)


OLD: dict[str, tuple[Callable[[Connection], object], list[Break]]] = {
    "nothing": (lambda _: None, []),
    "words are changed": (
        lambda c: c.execute(update(tables.log_content).where(content.entry_id == entry_at(c, 2)).values(content="{}")),
        [Break(1, 2, "content")],
    ),
    "words are said to be about another comment": (
        lambda c: c.execute(update(tables.log_content).where(content.entry_id == entry_at(c, 2)).values(comment_id=7)),
        [Break(1, 2, "content")],
    ),
    "a name becomes that of a program": (
        lambda c: c.execute(update(tables.log_entry).where(entry.place == 2).values(program="Ida", by_name=None)),
        [Break(1, 2, "changed")],
    ),
    "an entry is removed": (
        lambda c: c.execute(delete(tables.log_entry).where(entry.site_id == 1, entry.place == 2)),
        [Break(1, 2, "missing")],
    ),
}


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
@pytest.mark.parametrize("what", OLD)
def test_entries_from_before_are_checked_with_those_since(chain: AppContext, what: str) -> None:
    with writing(chain.engine) as connection:
        connection.execute(update(tables.log_entry).where(entry.site_id == 1).values(by_name="Ida"))
    as_before(chain)
    tamper, expected = OLD[what]
    with writing(chain.engine) as connection:
        tamper(connection)
    assert breaks(chain)[:1] == expected


def test_words_that_the_service_has_erased_are_not_missed(chain: AppContext, clock: Clock) -> None:
    short = chain.settings.model_copy(update={"trash_days": 5})
    clock.advance(days=6)
    with writing(chain.engine) as connection:
        for job in chores(short, clock()):
            job(connection)
    with chain.engine.connect() as connection:
        actions = connection.execute(select(entry.action).order_by(entry.id)).scalars().all()
    assert actions[-1] == ActKind.WORDS_ERASED
    assert breaks(chain) == []  # while the command's entry waits
    with writing(chain.engine) as connection:
        log_chain.join_new(connection, chain.keyring)
    assert breaks(chain) == []
    clock.advance(days=31)
    with writing(chain.engine) as connection:
        for job in chores(short, clock()):
            job(connection)
        assert connection.execute(select(content.entry_id)).all() == []
    assert breaks(chain) == []


def breaks(context: AppContext, keyring: Keyring | None = None) -> list[Break]:
    with context.engine.connect() as connection:
        return [*log_audit.verify(connection, keyring or context.keyring, context.clock())]


def test_a_log_that_nobody_touched_is_whole(chain: AppContext) -> None:
    assert breaks(chain) == []
    with chain.engine.connect() as connection:
        assert [(each.site_id, each.place) for each in log_chain.read_heads(connection)] == [(0, 1), (1, 4)]
        _, finding = inspect_log(read_log_state(connection, chain.keyring, chain.clock()))
    assert finding.sentence.startswith("The log of site 1 is unchanged. Entries: 4;")


def test_what_is_done_while_the_log_is_checked_is_no_break(
    chain: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On each database: the service writes between two queries of the check."""
    find = log_audit._gone

    def act_between(*given: Any) -> set[int]:
        with writing(chain.engine) as connection:
            record(connection, 1, Act(ActKind.CLOSE, clock(), 1))
            log_chain.join_new(connection, chain.keyring)
        return find(*given)

    monkeypatch.setattr(log_audit, "_gone", act_between)
    with chain.engine.connect() as connection:
        assert read_log_state(connection, chain.keyring, clock()).breaks == []


TAMPERED: dict[str, tuple[Callable[[Connection], object], Break]] = {
    "an entry is removed": (
        lambda c: c.execute(delete(tables.log_entry).where(entry.place == 2)),
        Break(1, 2, "missing"),
    ),
    "the last entry is cut off": (
        lambda c: c.execute(delete(tables.log_entry).where(entry.place == 4)),
        Break(1, 4, "end"),
    ),
    "the whole log is cut off": (
        lambda c: c.execute(delete(tables.log_entry).where(entry.site_id == 1)),
        Break(1, 1, "end"),
    ),
    "another admin is named": (
        lambda c: c.execute(update(tables.log_entry).where(entry.place == 3).values(admin_id=2)),
        Break(1, 3, "changed"),
    ),
    "an admin is renamed in it": (
        lambda c: c.execute(update(tables.log_entry).where(entry.place == 3).values(by_name="Eve")),
        Break(1, 3, "changed"),
    ),
    "a decision names another admin": (
        lambda c: c.execute(update(tables.decision).values(admin_id=2)),
        Break(1, 1, "decision"),
    ),
    "a site's log is removed as a whole": (
        lambda c: [c.execute(delete(t).where(t.c.site_id == 1)) for t in (tables.log_entry, tables.log_head)],
        Break(1, 1, "gone"),
    ),
    "the installation's log is removed as a whole": (
        lambda c: [c.execute(delete(t).where(t.c.site_id == 0)) for t in (tables.log_entry, tables.log_head)],
        Break(0, 1, "gone"),
    ),
    "words are changed": (
        lambda c: c.execute(update(tables.log_content).values(content='{"before": {"text": "Praise"}}')),
        Break(1, 1, "content"),
    ),
    "words are said to be about another comment": (
        lambda c: c.execute(update(tables.log_content).where(content.entry_id == entry_at(c, 2)).values(comment_id=7)),
        Break(1, 2, "content"),
    ),
    "words are made to look older": (
        lambda c: c.execute(update(tables.log_content).values(at=datetime(2020, 1, 1, tzinfo=UTC))),
        Break(1, 1, "content"),
    ),
    "words are removed": (
        lambda c: c.execute(delete(tables.log_content).where(content.entry_id == entry_at(c, 2))),
        Break(1, 2, "words"),
    ),
    "words of two entries are swapped": (
        lambda c: swap(c, entry_at(c, 2), entry_at(c, 4)),
        Break(1, 2, "content"),
    ),
    "words of no entry are added": (
        lambda c: c.execute(
            tables.log_content.insert(),
            {"site_id": 1, "entry_id": 7, "at": datetime(2026, 1, 1, tzinfo=UTC), "content": "{}", "salt": b"x"},
        ),
        Break(1, 1, "stray"),
    ),
    "a decision says another status": (
        lambda c: c.execute(update(tables.decision).where(tables.decision.c.after == "pending").values(before="spam")),
        Break(1, 3, "decision"),
    ),
    "an entry names a program": (
        lambda c: c.execute(update(tables.log_entry).where(entry.place == 3).values(program="bot")),
        Break(1, 3, "changed"),
    ),
    "entries are numbered anew": (
        lambda c: [
            c.execute(delete(tables.log_entry).where(entry.site_id == 1, entry.place == 1)),
            *(c.execute(update(tables.log_entry).where(entry.place == n).values(place=n - 1)) for n in (2, 3, 4)),
        ],
        Break(1, 1, "changed"),
    ),
    "the end is moved back": (
        lambda c: [
            c.execute(delete(tables.log_entry).where(entry.place == 4)),
            c.execute(update(tables.log_head).where(head.site_id == 1).values(place=3)),
        ],
        Break(1, 4, "end"),
    ),
}


@pytest.mark.parametrize("database_url", ["sqlite_url"], indirect=True)
@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_done_to_the_log_is_found(chain: AppContext, what: str) -> None:
    tamper, expected = TAMPERED[what]
    with writing(chain.engine) as connection:
        tamper(connection)
    assert breaks(chain) == [expected]
    with chain.engine.connect() as connection:
        assert "fail" in [
            finding.level for finding in inspect_log(read_log_state(connection, chain.keyring, chain.clock()))
        ]


def test_a_log_that_was_removed_is_missed_though_another_was_begun(chain: AppContext, clock: Clock) -> None:
    with writing(chain.engine) as connection:
        for table in (tables.log_entry, tables.log_head, tables.decision):
            connection.execute(delete(table).where(table.c.site_id == 1))
        record(connection, 1, Act(ActKind.CLOSE, clock(), 1))
        log_chain.join_new(connection, chain.keyring)
    assert breaks(chain) == [Break(1, 1, "gone")]


def test_the_log_names_an_admin_as_they_were_called_then(client: TestClient, context: AppContext, clock: Clock) -> None:
    admin_id = context.writer.run(admin_logins.add, "Ida", "no hash", clock())
    context.writer.run(record, 1, Act(ActKind.CLOSE, clock(), admin_id))
    with writing(context.engine) as connection:
        connection.execute(update(tables.admin).values(name="Eve"))
        assert log_list.read_log(connection).entries[0].by == "Ida"


def test_a_chain_worked_out_anew_without_the_secret_is_found(chain: AppContext) -> None:
    stranger = Keyring(("another long sentence for the tests 7391",))
    with writing(chain.engine) as connection:
        connection.execute(delete(tables.log_entry).where(entry.place == 4))
        connection.execute(update(tables.log_entry).where(entry.site_id == 1).values(place=None, link=None))
        connection.execute(update(tables.log_head).where(head.site_id == 1).values(place=0, seal=b""))
        log_chain.join(connection, stranger, 1)
    assert breaks(chain) == [Break(1, 4, "end")]


def test_the_service_does_not_seal_what_somebody_else_has_made(chain: AppContext, clock: Clock) -> None:
    test_a_chain_worked_out_anew_without_the_secret_is_found(chain)
    with writing(chain.engine) as connection:
        record(connection, 1, Act(ActKind.CLOSE, clock(), 1))
        log_chain.join_new(connection, chain.keyring)
    assert breaks(chain) == [Break(1, 4, "end")]


def test_a_chain_without_news_outlives_two_rotations_of_the_secret(chain: AppContext) -> None:
    masters = [*chain.keyring._masters, *(f"a long sentence for the tests, number {number} 58213" for number in (1, 2))]
    with writing(chain.engine) as connection:
        log_chain.seal_anew(connection, Keyring((*masters[:-1],)))
    assert breaks(chain, Keyring((*masters[-2:],))) == []


def test_erased_words_leave_the_chain_whole(chain: AppContext, clock: Clock) -> None:
    with writing(chain.engine) as connection:
        row = connection.execute(tables.comment.select()).one()
        assert delete_comment(connection, (row.site_id, row.id), 1, clock())
        log_chain.join_new(connection, chain.keyring)
    with chain.engine.connect() as connection:
        words = connection.execute(select(content.content)).scalars().all()
        assert ["entries" in each for each in words] == [True]  # which entries' words were erased
        shown = [entry.action for entry in log_list.read_log(connection).entries]
        assert (shown[0], ActKind.WORDS_ERASED in shown) == (ActKind.DELETE, False)
    assert breaks(chain) == []


def test_after_two_rotations_of_the_secret_old_entries_are_still_covered(chain: AppContext, clock: Clock) -> None:
    masters = [f"a long sentence for the tests, number {number} 58213" for number in (1, 2)]
    first, rotated = Keyring((*chain.keyring._masters, masters[0])), Keyring((masters[0], masters[1]))
    with writing(chain.engine) as connection:
        record(connection, 1, Act(ActKind.CLOSE, clock(), 1))
        log_chain.join_new(connection, first)
        log_chain.seal_anew(connection, first)  # the installation's log has no news
    assert breaks(chain, rotated) == []
    with writing(chain.engine) as connection:
        connection.execute(update(tables.log_entry).where(entry.site_id == 1, entry.place == 1).values(number=9))
    assert breaks(chain, rotated) == [Break(1, 1, "changed")]


def test_what_a_command_did_is_joined_later_and_the_end_is_noted_once_a_day(
    chain: AppContext, client: TestClient, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    chain.writer.run(record, 1, Act(ActKind.CLOSE, clock()))
    caplog.set_level("INFO")
    assert client.portal
    client.portal.call(check_log, chain)
    client.portal.call(check_log, chain)
    noted = [record for record in caplog.records if record.message == "end of the log of actions"]
    assert [(each.site, each.n) for each in noted] == [(0, 1), (1, 5)]  # type: ignore[attr-defined]  # set by ``extra``
    with writing(chain.engine) as connection:
        connection.execute(delete(tables.log_entry).where(entry.place == 2))
    clock.advance(days=1)
    client.portal.call(check_log, chain)
    assert "the log of actions is broken" in caplog.messages
