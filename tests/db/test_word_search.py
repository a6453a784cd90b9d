"""Words are found in whatever case they are written, on each database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, String, literal, select

from db.engine import open_engine
from db.word_search import contains_word


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def found(connection: Connection, text: str, word: str) -> bool:
    return bool(connection.execute(select(contains_word(literal(text, String), word))).scalar())


FOUND = [
    ("An der Straße, ÜBER allem", "über"),
    ("Überall und nirgends", "BERALL"),
    ("grüße", "GRÜ"),
    ("ÇA VA", "ça"),
    ("\u041f\u0440\u0438\u0432\u0435\u0442", "\u041f\u0420\u0418\u0412\u0415\u0422"),
    ("\u03a3\u03bf\u03c6\u03af\u03b1", "\u03c3\u03bf\u03c6"),
    ("mIxEd ÄrGeR", "ärger"),
    ("李小明写的", "小明"),
    ("100 %ü", "%ü"),
    ("a_ö", "_Ö"),
    ("[é]*?/", "[É]*?/"),
    ("é^]", "É^]"),
]


@pytest.mark.parametrize(("text", "word"), FOUND)
def test_a_word_is_found_in_any_case(connection: Connection, text: str, word: str) -> None:
    assert found(connection, text, word)


@pytest.mark.parametrize(
    ("text", "word"),
    [("uber", "über"), ("100 ü", "%ü"), ("abö", "_ö"), ("xé", "[xé]"), ("é", "?é"), ("a b é", "*é"), ("", "é")],
)
def test_signs_of_patterns_mean_themselves(connection: Connection, text: str, word: str) -> None:
    assert not found(connection, text, word)


def test_a_word_may_be_very_long(connection: Connection) -> None:
    assert found(connection, "é" * 2000, "É" * 40_000)
