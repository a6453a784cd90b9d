"""``leave-a-reply privacy``: a person's comments on the command line, and what is due."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.models import Status
from service.app import open_context
from service.settings import Settings
from service.web.context import AppContext
from tests.cli.test_main import run
from tests.conftest import Clock
from tests.web.admin.conftest import add_comment


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[AppContext]:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("REPLY_SITES", "https://blog.example")
    context = open_context(Settings(), clock, demo=False)
    yield context
    context.close()


def test_a_person_is_exported_and_erased(store: AppContext, clock: Clock) -> None:
    for text in ("One", "Two"):
        add_comment(store, clock, email="Ada@example.org", text=text, status=Status.APPROVED)
    lines = run("privacy", "export", "ada@example.org").stdout.splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["One", "Two"]
    assert run("privacy", "erase", "ada@example.org").exit_code == 1, "one of two has to be chosen"
    assert "2 comments anonymised" in run("privacy", "erase", "ada@example.org", "--anonymise", "--yes").stdout
    gone = run("privacy", "erase", "ada@example.org", "--delete")
    assert gone.exit_code == 1
    assert "No comment has the address" in gone.output
    assert run("privacy", "export", "ada@example.org").exit_code == 1


def test_periods_are_listed_with_what_is_due(store: AppContext, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    add_comment(store, clock, age=60 * 24 * 2000, status=Status.APPROVED, url="https://blog.example/post")
    monkeypatch.setenv("REPLY_EMAIL_DAYS", "365")
    said = run("privacy", "periods").stdout
    assert ["email", "365", "days", "1", "due", "REPLY_EMAIL_DAYS"] in [line.split() for line in said.splitlines()]
    assert "until deleted" in said
