"""The index of words finds what is there, on each database, whatever was done to a comment."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, delete, update

from db import tables, word_index
from db.engine import open_engine
from service.comments.admin_list import list_comments
from service.comments.comment_filter import CommentFilter
from service.web.context import AppContext
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment
from tests.writing import writing

comment = tables.comment.c
TEXTS = {
    "en": "The ferry leaves at half past nine",
    "de": "Der Fährverkehr ruht über Nacht",
    "es": "El niño llegó mañana",
    "fr": "L’été à Besançon",
    "ru": "Паром отходит утром",
    "tr": "Iğdır’dan ılık bir gün",
    "ku": "Keştî sibê diçe",
    "ckb": "کەشتییەکە بەیانی دەڕوات",
    "ar": "تغادر العبارة صباحا",
    "zh": "渡轮早上九点半出发",
}


def texts(context: AppContext, words: str) -> list[str]:
    with context.engine.connect() as connection:
        return [item.text for item in list_comments(connection, None, CommentFilter(words=words)).items]


def enter_all(context: AppContext) -> None:
    while context.writer.run(word_index.index_slice) == word_index.AT_ONCE:
        pass


@pytest.fixture(params=["entered", "not entered yet"])
def enter(request: pytest.FixtureRequest) -> Callable[[AppContext], None]:
    return enter_all if request.param == "entered" else lambda _context: None


WORDS = {
    "FERRY": "en",
    "nin": "en",
    "fährver": "de",
    "NIÑO": "es",
    "été": "fr",
    "besançon": "fr",
    "паром": "ru",
    "ПАРОМ": "ru",
    "ılık": "tr",
    "keştî": "ku",
    "بەیانی": "ckb",
    "العبارة": "ar",
    "早上": "zh",
    "渡轮早上九": "zh",
    "发": "zh",
    "九点半": "zh",
}


def test_a_word_is_found_in_every_language(
    context: AppContext, clock: Clock, enter: Callable[[AppContext], None]
) -> None:
    for text in TEXTS.values():
        add_comment(context, clock, text=text, email="")
    enter(context)
    assert {word: texts(context, word) for word in WORDS} == {word: [TEXTS[code]] for word, code in WORDS.items()}
    assert texts(context, "ferry Паром") == []
    assert texts(context, "at") == [TEXTS["en"]]
    assert texts(context, "xyz") == texts(context, "xy") == []


def test_a_name_an_address_and_a_page_are_found(
    context: AppContext, clock: Clock, enter: Callable[[AppContext], None]
) -> None:
    add_comment(context, clock, text="one", author="Zoë", email="z@lake.example", url="https://boats.example/red")
    add_comment(context, clock, text="two", url="https://blog.example/harbour")
    enter(context)
    for word in ("zoë", "lake.example", "z@lake", "boats", "https://boats.example", "red"):
        assert texts(context, word) == ["one"], word
    assert texts(context, "two post") == ["two"]
    assert texts(context, "blog.example") == ["two"]


SIGNS = ("²", "ª", "…", "🙂", "'", "a'b", "\\", "*:*", "&|!", "<->", '"', '"""', "-", "OR", "NEAR(a b)", "x" * 200)


def test_signs_and_words_of_the_query_language_are_no_error(
    context: AppContext, clock: Clock, enter: Callable[[AppContext], None]
) -> None:
    for sign in SIGNS:
        add_comment(context, clock, text=f"before {sign} after")
    enter(context)
    for sign in SIGNS:
        words = sign.lower().split()
        found = texts(context, f"before {sign}")
        assert [text for text in found if not all(word in text.lower() for word in words)] == [], sign


def changed(context: AppContext, change: Callable[[Connection], object]) -> None:
    with writing(context.engine) as connection:
        change(connection)


def test_a_comment_that_was_changed_or_deleted_is_found_by_what_it_is_now(context: AppContext, clock: Clock) -> None:
    for number in range(4):
        add_comment(context, clock, text=f"casino {number}")
    enter_all(context)
    changed(
        context, lambda c: c.execute(update(tables.comment).where(comment.text == "casino 1").values(text="harbour"))
    )
    changed(context, lambda c: c.execute(delete(tables.comment).where(comment.text == "casino 3")))
    assert texts(context, "harbour") == ["harbour"]
    assert sorted(texts(context, "casino")) == ["casino 0", "casino 2"]
    add_comment(context, clock, text="casino 4")  # on SQLite with the row id of the one that was deleted
    assert sorted(texts(context, "casino")) == ["casino 0", "casino 2", "casino 4"]
    enter_all(context)
    assert sorted(texts(context, "casino")) == ["casino 0", "casino 2", "casino 4"]


def test_nothing_of_a_deleted_comment_stays_in_the_index(sqlite_url: str, tmp_path: Path, clock: Clock) -> None:
    engine = open_engine(sqlite_url)
    context = type("Context", (), {"engine": engine})()
    with engine.begin() as connection:
        site = {"id": 1, "origin": "https://blog.example", "key": "k", "check_key": "c", "secret_hash": b""}
        connection.execute(tables.site.insert(), site | {"created_at": clock()})
    for text in ("casino", "ferry", "casino ferry"):
        add_comment(context, clock, text=text, author="", email="")
    with engine.begin() as connection:
        assert word_index.index_slice(connection) == 3
        connection.execute(update(tables.comment).where(comment.text == "casino ferry").values(text="harbour"))
        connection.execute(delete(tables.comment).where(comment.text == "casino"))
        words = connection.exec_driver_sql("SELECT term FROM comment_search_words").scalars().all()
        assert not {"cas", "asi"} & set(words)
        assert {"fer", "har"} <= set(words)
        connection.exec_driver_sql("INSERT INTO comment_search(comment_search) VALUES ('integrity-check')")
    assert_vacuum_keeps_the_index(engine, tmp_path / "comments.db")


def assert_vacuum_keeps_the_index(engine: Engine, path: Path) -> None:
    """``VACUUM`` gives no comment another row id, though one in the middle is gone."""
    query = "SELECT rowid, text FROM comment ORDER BY rowid"
    with engine.connect() as connection:
        before = connection.exec_driver_sql(query).all()
    assert [rowid for rowid, _ in before] == [2, 3]
    engine.dispose()
    with sqlite3.connect(path) as database:
        database.execute("VACUUM")
        database.execute(f"VACUUM INTO '{path}.copy'")
        assert database.execute(query).fetchall() == [tuple(row) for row in before]
    with sqlite3.connect(f"{path}.copy") as copy:
        assert copy.execute(query).fetchall() == [tuple(row) for row in before]
    with engine.connect() as connection:
        found = list_comments(connection, None, CommentFilter(words="harbour")).items
    assert [item.text for item in found] == ["harbour"]


def test_a_language_an_author_and_a_reason_are_found_whatever_json_there_is(
    context: AppContext, clock: Clock, enter: Callable[[AppContext], None]
) -> None:
    reason = [{"symbol": "links", "weight": 3.0, "sentence": "Many links."}]
    add_comment(context, clock, text="wanted", author="Zoë Quill", language="de", reasons=reason)
    for number, odd in enumerate((None, [], ["links"], [7], {"symbol": "links"}, [{"symbol": 7}], "links")):
        add_comment(context, clock, text=f"odd {number}", author="Zoë Quills", reasons=odd)
    enter(context)
    for wanted in (
        CommentFilter(language="de"),
        CommentFilter(author="zoë QUILL"),
        CommentFilter(author="Zoë Quill", language="de", reason="links", words="wanted"),
    ):
        with context.engine.connect() as connection:
            assert [item.text for item in list_comments(connection, None, wanted).items] == ["wanted"], wanted
    with context.engine.connect() as connection:
        found = list_comments(connection, None, CommentFilter(reason="links")).items
    assert "wanted" in {item.text for item in found}


def test_an_edited_language_is_found_as_it_is_now(context: AppContext, clock: Clock) -> None:
    add_comment(context, clock, text="changed", language="de")
    enter_all(context)
    with writing(context.engine) as connection:
        connection.execute(update(tables.comment).values(language="fr", reasons=[{"symbol": "links"}]))
    with context.engine.connect() as connection:
        for wanted, number in ((CommentFilter(language="fr", reason="links"), 1), (CommentFilter(language="de"), 0)):
            assert len(list_comments(connection, None, wanted).items) == number
