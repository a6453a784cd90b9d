"""The mistakes of an operator's first hour: each is answered with a sentence that says what to write, and a status."""

import socket
import sqlite3
from errno import EACCES, ENOSPC
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner, Result

from db.sqlite_file import prepare_connection
from service.cli.main import app
from service.cli.open_service import sentence
from tests.ready_store import ready_store

SITE = "https://blog.example"


def run(*words: str, typed: str = "", **settings: str) -> Result:
    return CliRunner().invoke(app, list(words), input=typed, env=settings)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation with a site, and a few files that are not what commands expect."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REPLY_DATA", "var")
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("REPLY_PORT", str(free.getsockname()[1]))  # the usual one may be a service's
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "comments.db").write_bytes(ready_store())
    assert run("site", "add", SITE).exit_code == 0
    (tmp_path / "file").write_text("text")
    (tmp_path / "page.html").write_text("<!DOCTYPE html><title>Log in</title>")
    return tmp_path


def assert_sentence(result: Result, part: str) -> None:
    assert result.exit_code not in (0, None), result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert part in result.output
    assert len(result.output.strip().splitlines()) == 1, result.output
    for noise in ("Traceback", "Value error", "[Errno", "sqlalche.me", "Input should", "pattern"):
        assert noise not in result.output


_DATABASE = "write sqlite:///folder/name.db or postgresql+psycopg://user:password@host/name"

SETTINGS = [
    ("REPLY_SECRET", "changeme", "must have at least 32 characters. Omit it, and a secret is created."),
    ("REPLY_SECRET", "please-change-this-secret-please-0123", "looks like a published example"),
    (
        "REPLY_SECRET_FILE",
        "/nowhere/at/all/secret",
        "The folder /nowhere/at/all cannot be created: there is no /nowhere/at",
    ),
    ("REPLY_SECRET_FILE", "/etc", "/etc cannot be used: Is a directory."),
    ("REPLY_DATABASE_URL", "mysql://host/name", f"REPLY_DATABASE_URL: mysql is not supported; {_DATABASE}"),
    ("REPLY_DATABASE_URL", "hello", f"REPLY_DATABASE_URL: not a database URL; {_DATABASE}"),
    ("REPLY_DATABASE_URL", "postgresql+nothing://host/name", f"REPLY_DATABASE_URL: unknown driver; {_DATABASE}"),
    ("REPLY_DATABASE_URL", "postgres://u:p@127.0.0.1:1/x", "REPLY_DATABASE_URL: no connection to PostgreSQL: "),
    ("REPLY_DATABASE_URL", "sqlite://", "REPLY_DATABASE_URL: a SQLite database needs a file"),
    (
        "REPLY_DATABASE_URL",
        "sqlite:////nowhere/at/all.db",
        "The folder /nowhere/at cannot be created: there is no /nowhere",
    ),
    ("REPLY_DATABASE_URL", "sqlite:////proc/x.db", "The database /proc/x.db cannot be created or written"),
    ("REPLY_DATABASE_URL", "sqlite:///file", "file is not a SQLite database, or is damaged."),
    ("REPLY_DATA", "/proc/x", "The folder /proc/x cannot be created."),
    ("REPLY_DATA", "file", "file is a file, not a folder."),
    ("REPLY_SITES", "example.com", "REPLY_SITES: “example.com” is not an origin; write https://example.com."),
    (
        "REPLY_SITES",
        "ftp://example.com",
        "REPLY_SITES: “ftp://example.com” is not an origin; write https://example.com.",
    ),
    ("REPLY_VALKEY_URL", "foo", "REPLY_VALKEY_URL: write valkey://host:6379/0"),
    ("REPLY_RATE_POST", "10", "REPLY_RATE_POST: write a number and second, minute or hour, such as 10/minute"),
    ("REPLY_RATE_LOGIN", "ten/minute", "REPLY_RATE_LOGIN: write a number and second, minute or hour"),
    ("REPLY_PUBLIC_URL", "example.com", "REPLY_PUBLIC_URL: must be an http or https address without query"),
    ("REPLY_HOST", "nowhere.invalid", "REPLY_HOST: nowhere.invalid is not an address of this machine."),
    ("REPLY_HOST", "192.0.2.1", "REPLY_HOST: 192.0.2.1 is not an address of this machine."),
    ("REPLY_PORT", "99999", "REPLY_PORT: must be at most 65,535."),
    ("REPLY_PORT", "abc", "REPLY_PORT: must be a whole number."),
    ("REPLY_LANGUAGE", "xx", "REPLY_LANGUAGE: there is no translation for “xx”; choose one of en, ar,"),
    ("REPLY_TEMPLATES", "/nowhere", "REPLY_TEMPLATES: there is no folder /nowhere."),
    ("REPLY_SMTP_URL", "mail.example.com", "such as smtps://user:password@mail.example.com."),
    ("REPLY_SMTP_URL", "smtp://mail.example.com:587", "REPLY_MAIL_FROM: "),
    ("REPLY_NOTIFY", "me", "REPLY_NOTIFY: "),
    ("REPLY_TRUSTED_PROXIES", "proxy", "write 10.0.0.5 or 10.0.0.0/8."),
    ("REPLY_MODERATION", "maybe", "REPLY_MODERATION: must be 'none', 'first' or 'all'."),
    ("REPLY_EDIT_MINUTES", "soon", "REPLY_EDIT_MINUTES: must be a whole number."),
    ("REPLY_TRASH_DAYS", "-1", "REPLY_TRASH_DAYS: must be at least 0."),
    ("REPLY_WORKERS", "0", "REPLY_WORKERS: must be at least 1."),
    ("REPLY_HOLD_SCORE", "high", "REPLY_HOLD_SCORE: must be a number."),
    ("REPLY_SPAM_WEIGHTS", "links", "REPLY_SPAM_WEIGHTS: links needs a factor, such as links=0.5."),
    ("REPLY_SPAM_WEIGHTS", "linkz=2", "REPLY_SPAM_WEIGHTS: "),
    ("REPLY_SPAM_CHECK", "perhaps", "REPLY_SPAM_CHECK: must be true or false."),
    ("REPLY_LOG_LEVEL", "loud", "REPLY_LOG_LEVEL: must be 'debug', 'info', 'warning' or 'error'."),
]


@pytest.mark.parametrize(("name", "value", "part"), SETTINGS, ids=lambda text: text[:40])
def test_a_wrong_setting_stops_the_start_with_a_sentence(folder: Path, name: str, value: str, part: str) -> None:
    assert_sentence(run("serve", **{name: value}), part)


def test_a_password_file_that_is_not_there_is_named(folder: Path) -> None:
    mail = {"REPLY_SMTP_URL": "smtps://user@mail.example.com", "REPLY_MAIL_FROM": "a@example.com"}
    result = run("serve", **mail, REPLY_SMTP_PASSWORD_FILE="/nowhere")
    assert_sentence(result, "REPLY_SMTP_PASSWORD_FILE: /nowhere cannot be read: No such file")


def test_a_port_in_use_is_said_to_be(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_sentence(run("serve", "--port", port), f"Port {port} is in use by another program.")


def test_a_file_of_settings_that_cannot_be_read_is_said_to_be(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_bytes("REPLY_MAIL_FROM=Müller".encode("latin-1"))
    assert_sentence(run("site", "list"), ".env is not UTF-8 text. Save it as UTF-8.")

    def refuse(**changes: object) -> None:
        raise PermissionError(EACCES, "Permission denied", ".env")

    monkeypatch.setattr("service.cli.open_service.Settings", refuse)
    assert_sentence(run("site", "list"), ".env cannot be read: Permission denied. Run this as the user of the service")


def test_a_mistake_in_an_owners_template_stops_the_start(folder: Path) -> None:
    (folder / "own").mkdir()
    (folder / "own" / "form.html").write_text("<p>\n{% if %}")
    assert_sentence(run("serve", REPLY_TEMPLATES="own"), "REPLY_TEMPLATES: form.html, line 2: ")


def test_a_full_disk_is_said_to_be() -> None:
    assert sentence(OSError(ENOSPC, "No space left on device")) == "The disk is full. Free some space, and try again."


def test_a_file_that_is_no_secret_is_said_to_be(folder: Path) -> None:
    (folder / "var" / "secret").write_bytes(bytes(range(128, 192)))
    assert_sentence(run("serve"), "var/secret is not a secret, which is text of at least 32 characters.")


def test_a_database_that_may_only_be_read_is_said_to_be_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite is asked again only while another process has the file: a wrong right does not go away."""
    with sqlite3.connect(folder / "var" / "comments.db") as store:
        store.execute("PRAGMA journal_mode=DELETE")
    asked: list[float] = []
    wrong = sqlite3.connect(f"file:{folder}/var/comments.db?mode=ro", uri=True)
    monkeypatch.setattr("time.sleep", asked.append)
    with pytest.raises(sqlite3.OperationalError) as raised:
        prepare_connection(30, wrong, None)
    wrong.close()
    store.close()
    assert asked == []
    error = OperationalError("", {}, raised.value)
    assert sentence(error) == "The database cannot be written. Check its owner and rights."


COMMANDS = [
    ("site add example.com", "“example.com” is not an origin; write https://example.com"),
    ("site add localhost:1313", "“localhost:1313” is not an origin; write http://localhost:1313"),
    ("site add https://blog.example", "https://blog.example is already registered."),
    ("site remove https://none.example --yes", "https://none.example is not registered."),
    ("site show https://none.example", "https://none.example is not registered"),
    ("admin password nobody", "There is no admin called nobody."),
    ("admin remove nobody", "There is no admin called nobody."),
    ("admin role nobody reader", "There is no admin called nobody."),
    ("backup file", "Not backed up: file already exists."),
    ("backup /nowhere/x.db", "Not backed up: the folder /nowhere does not exist."),
    ("export --site https://blog.example -o none/x", "none/x.part cannot be used: No such file or directory."),
    ("export html --site https://blog.example --out file", "file cannot be used: File exists."),
    ("site redirects https://blog.example none.csv", "none.csv cannot be read: No such file or directory."),
    ("restore none.db", "There is no file none.db."),
    ("restore file --force", "Nothing was changed. file is not a readable database"),
    ("mail test a@b.example", "No mail server is configured: set REPLY_SMTP_URL="),
    ("doctor example", "such as https://your-site.example/article."),
    ("import none.xml --site https://blog.example", "none.xml cannot be read"),
    ("import page.html --site https://blog.example", "a web page (HTML)"),
    ("import page.html --site https://none.example", "https://none.example is not registered"),
    ("import wordpres page.html --site https://blog.example", "Unknown format wordpres."),
    ("export wxrr --site https://blog.example", "Unknown format wxrr."),
    ("export csv --site https://none.example", "https://none.example is not registered"),
    ("move --to mysql://x", "mysql is not supported"),
    ("move --to postgresql+psycopg://u:p@127.0.0.1:1/x", "no connection to PostgreSQL"),
    ("imports undo 99", "There is no import 99"),
    ("webhook test 99", "There is no webhook 99"),
    ("train none.jsonl", "none.jsonl"),
]


@pytest.mark.parametrize(("words", "part"), COMMANDS, ids=lambda text: text[:40])
def test_a_command_that_cannot_be_done_says_why(folder: Path, words: str, part: str) -> None:
    assert_sentence(run(*words.split()), part)


def test_a_mail_server_that_refuses_is_named(folder: Path) -> None:
    server = {"REPLY_SMTP_URL": "smtp+plain://127.0.0.1:1", "REPLY_MAIL_FROM": "a@example.com"}
    assert_sentence(
        run("mail", "test", "a@b.example", **server), "127.0.0.1:1: Connection refused. Check REPLY_SMTP_URL."
    )


def test_the_path_of_a_new_site_is_not_ignored_without_a_word(folder: Path) -> None:
    said = run("site", "add", "https://shop.example/blog/")
    assert said.exit_code == 0
    assert "the path is ignored: https://shop.example covers all its pages." in said.stderr
