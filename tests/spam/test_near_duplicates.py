"""Near-duplicates, on each database and in memory."""

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from db import tables
from db.engine import WRITE, migrate, open_engine
from db.models import Status
from service.spam.evidence import NearDuplicates
from service.spam.near_duplicates import KEPT, Bands, RecentCounts, look_up
from service.spam.near_duplicates_write import FEW, MANY, SLICE, NearDuplicateWriter
from tests.conftest import Clock
from tests.writing import writing

SPAM = "Hello friend, our {} shop has the finest watches of all and ships them to your door for {} dollars, visit {}"
OWN = (
    "I baked this on Sunday and the crust came out darker than in your picture, though the crumb was fine.",
    "The second part contradicts the first: if the cache is per process, two replicas cannot agree on a count.",
    "My grandmother used rye instead of wheat, and she never told anybody how long it had to rest in the cellar.",
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    migrate(engine)
    yield engine
    engine.dispose()


class Store:
    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock, self.number = engine, clock, 0

    def note(self, text: str) -> None:
        self.number += 1
        with writing(self.engine) as connection:
            job = NearDuplicateWriter().note(1, Bands.of(text), self.number, self.clock())
            assert job is not None
            job(connection)

    def look(self, text: str) -> NearDuplicates:
        with self.engine.connect() as connection:
            return look_up(connection, 1, Bands.of(text), self.clock())


@pytest.fixture
def store(engine: Engine, clock: Clock) -> Store:
    return Store(engine, clock)


def word(number: int) -> str:
    return "".join(chr(97 + int(digit)) for digit in str(number))


def variant(number: int) -> str:
    return SPAM.format(["fine", "grand", "good", "new"][number % 4], 3 * number, f"https://shop{number}.example/")


def test_variants_of_a_text_are_counted_and_others_are_not(store: Store) -> None:
    for number in range(5):
        store.note(variant(number))
    assert store.look(variant(77)).near == 5
    assert store.look(variant(77)).long
    for text in OWN:
        assert store.look(text).near == 0


def test_a_count_of_the_last_hour_begins_anew(store: Store, clock: Clock) -> None:
    store.note(variant(1))
    store.note(variant(2))
    clock.advance(minutes=90)
    assert (store.look(variant(3)).near, store.look(variant(3)).last_hour) == (2, 0)
    store.note(variant(4))
    assert (store.look(variant(3)).near, store.look(variant(3)).last_hour) == (3, 1)


def test_what_was_seen_is_forgotten_after_thirty_days(store: Store, clock: Clock) -> None:
    store.note(variant(1))
    clock.now += KEPT + timedelta(seconds=1)
    assert store.look(variant(2)).near == 0
    store.note(variant(2))
    assert store.look(variant(2)).near == 1
    store.number = 255
    clock.now += KEPT + timedelta(seconds=1)
    store.note(OWN[0])  # every 256th sweeps
    with store.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(tables.sighting)).scalar_one() == 16


def test_a_text_without_a_word_has_no_keys() -> None:
    assert Bands.of("…!?").keys == ()
    assert len(Bands.of("Thank you!").keys) == 1


def test_memory_counts_at_once_by_site_and_for_an_hour(clock: Clock) -> None:
    lately = RecentCounts()
    counts = [lately.count(1, Bands.of(variant(number)), clock(), f"{number}@x.example") for number in range(6)]
    assert counts == [0, 1, 2, 3, 4, 5]
    assert lately.count(2, Bands.of(variant(7)), clock(), "7@x.example") == 0
    assert [lately.count(1, Bands.of(text), clock(), "o@x.example") for text in OWN] == [0, 0, 0]
    clock.advance(minutes=61)
    assert lately.count(1, Bands.of(variant(8)), clock(), "8@x.example") == 0


def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.spam.near_duplicates._MOST", 100)
    lately = RecentCounts()
    for number in range(500):
        lately.count(1, Bands.of(f"only {word(number)} once"), clock(), "ada@example.org")
        assert len(lately._counts) <= 102


def test_who_sends_the_very_same_again_is_counted_once(clock: Clock) -> None:
    lately = RecentCounts()
    assert [lately.count(1, Bands.of(OWN[0]), clock(), who) for who in ("ada@x", "Ada@x", "ADA@X")] == [0, 0, 0]
    assert [lately.count(1, Bands.of(OWN[0]), clock(), who) for who in ("bob@x", "eve@x", "bob@x")] == [1, 2, 2]


def test_what_became_of_the_same_is_known(store: Store) -> None:
    def read(status: Status, by_hand: bool) -> tuple[int, int, int]:
        """Of one comment with this status: marked, filed, cleared."""
        with writing(store.engine) as connection:
            for table in (tables.decision, tables.comment, tables.site):
                connection.execute(table.delete())
            connection.execute(tables.site.insert(), {"id": 1, "origin": "https://x.example", "key": "k"} | secret)
            connection.execute(tables.comment.insert(), comment | {"status": status})
            if by_hand:
                connection.execute(tables.decision.insert(), decision | {"after": status})
        alike = store.look(variant(2))
        return alike.marked, alike.filed, alike.cleared

    at = store.clock()
    secret = {"check_key": "c", "secret_hash": b"x", "created_at": at}
    comment = {
        "site_id": 1, "id": 1, "page_id": 1, "author": "Ada", "email": "", "url": "", "text": "", "format": "markdown",
        "created_at": at, "score": 0, "reasons": [], "source": "",
    }  # fmt: skip
    decision = {"site_id": 1, "id": 1, "comment_id": 1, "batch": 1, "before": Status.PENDING, "at": at}
    store.note(variant(1))
    assert read(Status.SPAM, by_hand=True) == (1, 0, 0)
    assert read(Status.SPAM, by_hand=False) == (0, 1, 0)
    assert read(Status.APPROVED, by_hand=True) == (0, 0, 1)
    assert read(Status.APPROVED, by_hand=False) == (0, 0, 0)
    assert read(Status.PENDING, by_hand=False) == (0, 0, 0)


def wal_pages(path: Path) -> int:
    """How many pages SQLite has written since it began its log."""
    return path.with_name(path.name + "-wal").stat().st_size // 4096


def test_a_flood_costs_no_more_pages_of_the_disk_the_more_is_stored(tmp_path: Path, clock: Clock) -> None:
    path, draw = tmp_path / "reply.sqlite", random.Random(7)
    engine = open_engine(f"sqlite:///{path}").execution_options(**{WRITE: True})
    migrate(engine)

    def flood(noter: NearDuplicateWriter, texts: int) -> int:
        for number in range(texts):
            noter.note(1, Bands(tuple(draw.getrandbits(63) for _ in range(16)), long=True), number, clock())
        before = wal_pages(path)
        while job := noter.rest(begin=True):
            with engine.begin() as connection:
                job(connection)
        return wal_pages(path) - before

    with engine.connect() as kept:  # the writer's own connection, so that nothing is moved out of the log
        kept.exec_driver_sql("PRAGMA wal_autocheckpoint=0")
        kept.commit()
    small = flood(NearDuplicateWriter(), 100)
    flood(NearDuplicateWriter(), 5000)
    large = flood(NearDuplicateWriter(), MANY)
    engine.dispose()
    assert small / 100 < 4
    assert large / MANY < 4


def test_a_flood_waits_until_many_have_come_and_is_written_in_slices(store: Store) -> None:
    noter = NearDuplicateWriter(every=0)
    keys = [tuple(range(16 * text, 16 * text + 16)) for text in range(MANY - 1)]
    jobs = [noter.note(1, Bands(each, long=True), 1, store.clock()) for each in (*keys, keys[0])]
    assert [at for at, job in enumerate(jobs) if job] == [*range(FEW), MANY - 1]
    number, job = 0, jobs[-1]
    while job:
        with writing(store.engine) as connection:
            job(connection)
        number, job = number + 1, noter.rest()
    assert number == 16 * MANY // SLICE
    with store.engine.connect() as connection:
        number_of_texts = func.sum(tables.sighting.c.number)
        assert connection.execute(select(func.count(), number_of_texts)).one() == (16 * (MANY - 1), 16 * MANY)


def test_expired_rows_are_deleted_some_at_a_time(store: Store, clock: Clock) -> None:
    def note(numbers: range) -> None:
        for number in numbers:
            noter.note(1, Bands((number,), long=False), number, store.clock())
        job = noter.everything()
        assert job is not None
        with writing(store.engine) as connection:
            job(connection)

    def count() -> int:
        with store.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(tables.sighting)) or 0

    noter = NearDuplicateWriter(every=3600)
    note(range(1, 10_000))
    clock.advance(days=31)
    note(range(20_000, 20_300))
    assert count() > 1_000
    note(range(30_000, 30_300))
    assert count() == 600


def ended(_: object) -> None:
    raise AssertionError("there is a job for each")


def test_a_second_has_one_job_and_what_waits_goes_with_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    noter = NearDuplicateWriter(every=3600)
    jobs = [noter.note(1, Bands.of(variant(number)), number, store.clock()) for number in range(1, 4)]
    assert [job is None for job in jobs] == [False, True, True]
    monkeypatch.setattr(noter, "_every", 0)
    last = noter.note(1, Bands.of(variant(4)), 4, store.clock())
    assert last is not None
    with writing(store.engine) as connection:
        last(connection)
    assert store.look(variant(9)).near == 4


def test_one_job_writes_what_waits_and_none_is_lost_when_it_runs_twice(store: Store) -> None:
    noter = NearDuplicateWriter(every=0)
    jobs = [noter.note(1, Bands.of(variant(number)), number, store.clock()) or ended for number in range(1, 5)]
    engine = store.engine.execution_options(**{WRITE: True})
    with engine.connect() as connection, connection.begin() as transaction:
        jobs[0](connection)
        transaction.rollback()  # as the writer does with a batch that fails; then each job runs again by itself
    for job in jobs:
        with engine.begin() as connection:
            job(connection)
    assert store.look(variant(9)).near == 4
