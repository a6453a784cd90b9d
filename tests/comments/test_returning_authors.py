"""Names of returning authors: theirs by a proof; others who use them are held, not refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db import tables
from db.models import Status
from service.app import create_app
from service.comments.returning_authors import claim, keep_name, owns_name
from service.housekeeping import chores
from service.secret_keys import Keyring
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.reader import Reader
from tests.writing import writing

CONSENT = {"wp-comment-cookies-consent": "yes"}
Say = Callable[..., Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"spam_check": False})  # it has rules for such names, too


@pytest.fixture
def say(reader: Reader) -> Say:
    """Post a comment. Returns the JSON of the response."""
    number = iter(range(100))

    def post(author: str = "Ada Quill", email: str = "ada@example.org", **more: str) -> Any:
        return reader.post(json=True, author=author, email=email, comment=f"Thought {next(number)}", **more).json()

    return post


@pytest.fixture
def proof(say: Say) -> str:
    """The proof of an author who has come back once."""
    proof = str(say(**CONSENT)["proof"])
    assert say(proof=proof, **CONSENT)["status"] == "approved"
    return proof


def test_a_returning_author_posts_as_ever(say: Say, proof: str) -> None:
    assert say(proof=proof)["status"] == "approved"
    assert say(proof=proof, email="another@example.org")["status"] == "approved"


@pytest.mark.parametrize("name", ["Ada Quill", "ada  QUILL", "Ada\u200b Quill", "Аda Quill", "Ａda Quill"])
def test_others_who_use_the_name_are_held(say: Say, proof: str, name: str, context: AppContext) -> None:
    assert say(name, "eve@example.org")["status"] == "pending"
    assert say(name, "ada@example.org")["status"] == "pending"  # knowing the address is no proof
    with context.engine.connect() as connection:
        rows = connection.execute(tables.comment.select().where(tables.comment.c.status == Status.PENDING)).all()
    assert {reason["symbol"] for row in rows for reason in row.reasons} == {"name"}


def test_a_proof_of_another_name_does_not_help(say: Say, proof: str) -> None:
    other = say("Eve", "eve@example.org", **CONSENT)["proof"]
    assert say("Ada Quill", "eve@example.org", proof=other)["status"] == "pending"


def test_who_was_held_on_a_new_device_posts_freely_once_approved(say: Say, proof: str, context: AppContext) -> None:
    held = say(**CONSENT)
    assert held["status"] == "pending"
    context.writer.run(lambda c: c.execute(update(tables.comment).values(status=Status.APPROVED)))
    assert say(proof=held["proof"])["status"] == "approved"


def test_a_name_that_was_used_once_belongs_to_nobody(say: Say) -> None:
    say(**CONSENT)
    assert say(email="another@example.org")["status"] == "approved"


def test_other_names_are_free(say: Say, proof: str) -> None:
    assert say("Ada", "eve@example.org")["status"] == "approved"


def test_a_name_is_free_again_when_its_owner_stays_away(
    say: Say, proof: str, context: AppContext, clock: Clock
) -> None:
    for job in chores(context.settings, clock.now + timedelta(days=401)):
        context.writer.run(job)
    assert say(email="eve@example.org")["status"] == "approved"


def test_an_owner_may_turn_it_off(settings: Settings, clock: Clock, say: Say, proof: str) -> None:
    settings = settings.model_copy(update={"protect_names": False})
    with AppClient(create_app(settings, clock), base_url=PUBLIC_URL) as client:
        fields = {"author": "Ada Quill", "email": "eve@example.org", "comment": "The name of another."}
        assert Reader(client, clock).post(json=True, **fields).json()["status"] == "approved"


def test_a_name_is_taken_by_each_key_that_is_still_valid(context: AppContext, clock: Clock) -> None:
    secrets = [f"{letter}bcdefghijklmnopqrstuvwxyz-{letter}-0987654" for letter in "pqrstuvw"]
    with writing(context.engine) as connection:
        keep_name(connection, claim(Keyring((secrets[0],)), 1, "Ingrid", 0), clock())
        assert owns_name(connection, claim(Keyring((*secrets[1:], secrets[0])), 1, "Ingrid", 0), "Ingrid") is False
        assert owns_name(connection, claim(Keyring(tuple(secrets)), 1, "Ingrid", 0), "Ingrid") is False
        assert owns_name(connection, claim(Keyring(tuple(secrets[1:])), 1, "Ingrid", 0), "Ingrid") is None
