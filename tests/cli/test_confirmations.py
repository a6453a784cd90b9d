"""A command whose effect the log cannot undo asks first, unless it is told ``--yes``."""

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer

from db import tables
from db.models import metadata
from service import passkeys, second_factor
from service.app import open_context
from service.cli.main import app
from service.passkey_answers import NewPasskey
from service.settings import Settings
from service.web.context import AppContext, utc_now
from tests.cli.test_main import commands, run
from tests.importers.samples import comment, export, item

SITE = "https://blog.example"
Prepare = Callable[[Path], str]


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an installation with a site and two admins, made once: to hash a password takes its time."""
    folder = tmp_path_factory.mktemp("installation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPLY_DATA", str(folder))
        run("site", "add", SITE)
        run("admin", "add", "Mara", typed="a sentence that is easy\n")
        run("admin", "add", "Kit", typed="another sentence\n")
    return folder


@pytest.fixture(autouse=True)
def _copy(installation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(installation, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("REPLY_DATA", str(tmp_path))


def imported(folder: Path) -> str:
    path = folder / "export.xml"
    path.write_bytes(export(item(comment(1), comment(2))))
    return str(json.loads(run("import", str(path), "--site", SITE, "--json").stdout)["import"])


def an_email(folder: Path) -> str:
    imported(folder)
    with closing(sqlite3.connect(folder / "comments.db")) as database:
        return str(database.execute("SELECT email FROM comment").fetchone()[0])


def a_token(_: Path) -> str:
    return str(json.loads(run("token", "add", "Kit", "Report", "--scope", "pages:read", "--json").stdout)["id"])


def a_webhook(_: Path) -> str:
    return str(json.loads(run("webhook", "add", SITE, "https://example.com/hook", "--json").stdout)["id"])


def in_the_store(write: Callable[[AppContext, int], Any]) -> str:
    context = open_context(Settings(), demo=False)
    with context.engine.connect() as connection:
        kit = connection.execute(tables.admin.select().where(tables.admin.c.name == "Kit")).one().id
    write(context, kit)
    context.close()
    return ""


def a_passkey(_: Path) -> str:
    new = NewPasskey(b"credential", b"key", 0, "comments.example")
    return in_the_store(lambda context, kit: context.writer.run(passkeys.add, kit, "Phone", new, utc_now()))


def a_code(_: Path) -> str:
    def write(context: AppContext, kit: int) -> None:
        context.writer.run(second_factor.begin, context.keyring, kit, "Kit", "here")
        confirmed = tables.second_factor.update().values(confirmed_at=utc_now())
        context.writer.run(lambda connection: connection.execute(confirmed) and None)

    return in_the_store(write)


def nothing(_: Path) -> str:
    return ""


ASKING: dict[str, tuple[Prepare, str]] = {
    "site remove https://blog.example": (nothing, "Delete https://blog.example with its keys?"),
    "privacy erase {} --delete": (an_email, "Delete 1 comment of "),
    "privacy erase {} --anonymise": (an_email, "Remove name and address from 1 comment of "),
    "imports undo {}": (imported, "(done, 2 comments)?"),
    "admin remove Kit": (nothing, "Remove Kit, with all logins"),
    "admin no-code Kit": (a_code, "Turn two-step login off for Kit"),
    "admin no-passkeys Kit": (a_passkey, "Remove all passkeys of Kit?"),
    "token revoke Kit {}": (a_token, "Revoke the token “Report” of Kit"),
    "webhook remove {}": (a_webhook, "(https://example.com/…)"),
}


def dump(folder: Path) -> dict[str, list[Any]]:
    with closing(sqlite3.connect(folder / "comments.db")) as database:
        return {name: database.execute(f'SELECT * FROM "{name}"').fetchall() for name in metadata.tables}


@pytest.mark.parametrize("words", ASKING)
def test_it_asks_and_does_nothing_without_a_yes(tmp_path: Path, words: str) -> None:
    prepare, question = ASKING[words]
    command = words.format(prepare(tmp_path)).split()
    before = dump(tmp_path)
    for typed in ("n\n", "\n", ""):  # a script has no answer
        said = run(*command, typed=typed)
        assert said.exit_code == 1
        assert question in said.stderr
        assert "This cannot be undone." in said.stderr
        assert said.stderr.endswith("Nothing was changed. To run this without being asked, add --yes.\n")
        assert dump(tmp_path) == before
    assert run(*command, typed="y\n").exit_code == 0
    assert dump(tmp_path) != before


@pytest.mark.parametrize("words", ASKING)
def test_it_does_not_ask_after_a_yes(tmp_path: Path, words: str) -> None:
    prepare, question = ASKING[words]
    said = run(*words.format(prepare(tmp_path)).split(), "--yes")
    assert (said.exit_code, question in said.output) == (0, False)


def test_every_command_that_takes_something_away_has_the_option() -> None:
    group = typer.main.get_command(app)
    verbs = ("remove", "erase", "undo", "revoke", "no-")
    found = {way for way in commands(group) if way and way[-1].startswith(verbs)}
    assert found == {tuple(words.split()[:2]) for words in ASKING}
