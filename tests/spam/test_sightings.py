"""Near-duplicates, on each database and in memory."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select

from db import tables
from db.engine import WRITE, migrate, open_engine
from service.spam.evidence import Alike
from service.spam.sightings import KEPT, Bands, Lately, look_up, note
from tests.conftest import Clock

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
        with self.engine.execution_options(**{WRITE: True}).begin() as connection:
            note(1, Bands.of(text), self.number, self.clock())(connection)

    def look(self, text: str) -> Alike:
        with self.engine.connect() as connection:
            return look_up(1, Bands.of(text), self.clock())(connection)


@pytest.fixture
def store(engine: Engine, clock: Clock) -> Store:
    return Store(engine, clock)


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
    assert (store.look(variant(3)).near, store.look(variant(3)).lately) == (2, 0)
    store.note(variant(4))
    assert (store.look(variant(3)).near, store.look(variant(3)).lately) == (3, 1)


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
    lately = Lately()
    counts = [lately.count(1, Bands.of(variant(number)), clock()) for number in range(6)]
    assert counts == [0, 1, 2, 3, 4, 5]
    assert lately.count(2, Bands.of(variant(7)), clock()) == 0
    assert [lately.count(1, Bands.of(text), clock()) for text in OWN] == [0, 0, 0]
    clock.advance(minutes=61)
    assert lately.count(1, Bands.of(variant(8)), clock()) == 0


def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.spam.sightings._MOST", 100)
    lately = Lately()
    for number in range(500):
        lately.count(1, Bands.of(f"{number} only once"), clock())
        assert len(lately._counts) <= 101
