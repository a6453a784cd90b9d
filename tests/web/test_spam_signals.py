"""What the spam check takes from the page and from the author's proof, as the form sends them."""

from typing import Any

from sqlalchemy import select, update

from db import tables
from service.web.context import AppContext
from tests.conftest import Reader, each_database
from tests.page_titles import approve_titles
from tests.writing import writing

pytestmark = each_database

WORDS = "The collector of the engine pauses every thread, as far as I can see."


def newest(context: AppContext) -> dict[str, Any]:
    comment = tables.comment.c
    with context.engine.connect() as connection:
        found = connection.execute(select(comment.reasons).order_by(comment.id.desc()).limit(1)).scalar_one()
    return {reason["symbol"]: reason["weight"] for reason in found}


def test_a_title_counts_once_a_comment_was_approved_with_it(reader: Reader, context: AppContext) -> None:
    reader.post(title="Inside the engine", comment=WORDS)
    reader.post(title="Casino", comment=f"{WORDS} So much for the engine.", author="Tom", email="tom@example.org")
    assert "title_words" not in newest(context)  # so far only the form has said it
    approve_titles(context)
    reader.post(title="Casino", comment=f"{WORDS} Or is it the engine?", author="Bob", email="bob@example.org")
    assert newest(context)["title_words"] == -1.0


def test_a_proof_pays_for_words_and_not_for_a_new_website(reader: Reader, context: AppContext) -> None:
    proof = reader.post(json=True, comment=WORDS, **{"wp-comment-cookies-consent": "yes"}).json()["proof"]
    for number, (url, pays) in enumerate([("", True), ("https://new.example", False)]):
        reader.post(comment=f"{WORDS} {number} times at least.", url=url, proof=proof)
        assert ("known_author" in newest(context)) is pays


def test_the_language_that_the_page_said_counts_before_that_of_the_form(reader: Reader, context: AppContext) -> None:
    german = "Das ist ein guter Text, und ich habe ihn gestern Abend mit meiner Schwester gelesen. Danke dafür!"
    reader.post(comment=german, lang="de")
    assert "foreign_language" not in newest(context)
    with writing(context.engine) as connection:
        connection.execute(update(tables.page).values(language="fr"))
    context.versions.forget_all()
    reader.post(comment=f"{german} Nochmals vielen Dank für alles.", lang="de", author="Tom", email="tom@example.org")
    assert "foreign_language" in newest(context)
