"""The command: sites, admins, the secret, one GET; and a sentence for each thing that can be wrong."""

import json
import re
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from service.cli.command_summaries import SUMMARIES
from service.cli.main import app
from service.settings import Settings, given_names, misspelt
from tests.importers.samples import comment, export, item

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "var"))


def run(*words: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert run("--version").stdout == f"leave-a-reply {project['version']}\n"


def test_a_site_is_registered_and_its_snippets_printed() -> None:
    said = run("site", "add", "https://Blog.Example/anything")
    assert said.exit_code == 0
    for part in ("https://blog.example is registered", "key ", "secret ", "<leave-a-reply>", "<iframe", "#include"):
        assert part in said.output
    assert "https://blog.example" in json.loads(run("site", "list", "--json").stdout)


def test_the_include_that_is_printed_has_the_lines_of_the_documented_one() -> None:
    def lines(text: str) -> list[str]:
        block = re.findall(r"location = /comments-thread \{\n(.*?)\}", text, re.DOTALL)[0]
        directives = [line.partition("#")[0].strip() for line in block.splitlines()]
        return [line for line in directives if line and not line.startswith("proxy_pass ")]

    documented = lines((ROOT / "docs/embedding.md").read_text())
    assert documented
    assert lines(run("site", "add", "https://blog.example").output) == documented


def test_commands_read_the_settings_file_and_register_no_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("REPLY_PORT=8345\nREPLY_SITES=https://one.example\n")
    assert "http://127.0.0.1:8345/embed.js" in run("site", "add", "https://blog.example").stdout
    assert set(json.loads(run("site", "list", "--json").stdout)) == {"https://blog.example", "https://one.example"}
    monkeypatch.setenv("REPLY_PORT", "8346")
    assert "http://127.0.0.1:8346/embed.js" in run("site", "show", "https://blog.example").stdout


def test_another_origin_of_a_site_needs_no_registration() -> None:
    run("site", "add", "https://blog.example")
    again = run("site", "add", "http://www.blog.example")
    assert (again.exit_code, "already belongs to https://blog.example" in again.stderr) == (1, True)


def test_dev_servers_of_any_port_are_one_site_of_this_machine_only() -> None:
    assert "http://localhost is registered" in run("site", "add", "http://localhost:*").output
    again = run("site", "add", "http://127.0.0.1:4000")
    assert (again.exit_code, "already belongs to http://localhost" in again.stderr) == (1, True)
    foreign = run("site", "add", "http://example.com:*")
    assert (foreign.exit_code, "on your own machine only" in foreign.stderr) == (1, True)
    assert run("site", "remove", "http://localhost:*", "--yes").exit_code == 0
    assert "http://localhost" not in json.loads(run("site", "list", "--json").stdout)


def test_a_site_is_registered_once_and_its_secret_can_be_renewed() -> None:
    first = json.loads(run("site", "add", "https://blog.example", "--json").stdout)
    again = run("site", "add", "https://blog.example")
    assert (again.exit_code, "leave-a-reply site renew https://blog.example" in again.output) == (1, True)
    renewed = json.loads(run("site", "renew", "https://blog.example", "--json").stdout)
    assert renewed["key"] == first["key"]
    assert renewed["secret"] != first["secret"]
    assert renewed["check_key"] != first["check_key"]


@pytest.mark.parametrize("command", ["key-votes", "chat-spam"])
def test_an_owner_switches_votes_by_key_and_the_prior_for_chat_spam(command: str, tmp_path: Path) -> None:
    run("site", "add", "https://blog.example")
    assert run("site", command, "https://blog.example", "perhaps").exit_code == 2
    assert run("site", command, "https://other.example", "on").exit_code == 1
    for said, counts in (("on", True), ("off", False)):
        assert run("site", command, "https://blog.example", said).exit_code == 0
        with sqlite3.connect(tmp_path / "var/comments.db") as connection:
            (settings,) = connection.execute("SELECT settings FROM spam_setting").fetchone()
        connection.close()
        assert json.loads(settings) == {command.replace("-", "_"): counts}


def test_what_to_paste_is_shown_again_without_a_new_secret() -> None:
    run("site", "add", "https://blog.example")
    said = run("site", "show", "https://blog.example/")
    assert ("<leave-a-reply>" in said.stdout, "secret" in said.stdout) == (True, False)
    assert run("site", "show", "https://other.example").exit_code == 1


def test_a_site_without_comments_is_removed_once_it_is_said_twice() -> None:
    run("site", "add", "https://blog.example")
    asked = run("site", "remove", "https://blog.example", typed="n\n")
    assert (asked.exit_code, "Delete https://blog.example with its keys?" in asked.stderr) == (1, True)
    assert run("site", "remove", "https://blog.example", typed="y\n").exit_code == 0
    assert "https://blog.example" not in json.loads(run("site", "list", "--json").stdout)
    again = run("site", "remove", "https://blog.example", "--yes")
    assert (again.exit_code, "is not registered" in again.stderr) == (1, True)


def test_a_site_with_comments_goes_with_them_or_stays(tmp_path: Path) -> None:
    run("site", "add", "https://blog.example")
    path = tmp_path / "export.xml"
    path.write_bytes(export(item(comment(1), comment(2, 1, approved="0"))))
    run("import", "wordpress", str(path), "--site", "https://blog.example")
    kept = run("site", "remove", "https://blog.example", "--yes")
    assert (kept.exit_code, "site remove https://blog.example --with-comments" in kept.stderr) == (1, True)
    gone = run("site", "remove", "https://blog.example", "--with-comments", "--yes")
    assert (gone.exit_code, gone.stdout) == (0, "https://blog.example was removed with 2 comments.\n")
    with closing(sqlite3.connect(tmp_path / "var" / "comments.db")) as database:
        assert database.execute("SELECT site_id, action, number FROM log_entry").fetchall() == [(0, "site removed", 2)]


def test_a_site_that_would_come_back_is_not_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_SITES", "https://blog.example/path")
    run("site", "add", "https://other.example")
    for origin, setting in (("https://blog.example", "REPLY_SITES"), ("http://127.0.0.1:8000", "REPLY_DEMO=false")):
        said = run("site", "remove", origin, "--yes")
        assert (said.exit_code, setting in said.stderr) == (1, True)


def commands(group: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield way
    for name in group.list_commands(None) if hasattr(group, "list_commands") else ():
        yield from commands(group.get_command(None, name), (*way, name))


@pytest.mark.parametrize("way", [*commands(typer.main.get_command(app))], ids=" ".join)
def test_help_is_plain_text(way: tuple[str, ...]) -> None:
    said = run(*way, "--help")
    assert said.exit_code == 0
    assert "bool" not in said.stdout
    assert "─" not in said.stdout
    assert "..." not in said.stdout.partition("Commands:")[2]  # no sentence is cut off
    assert "--help  " in said.stdout


def test_only_a_command_that_adds_something_creates_a_database_and_names_it(tmp_path: Path) -> None:
    for words in ("site list", "admin list", "imports list", "webhook list", "doctor", "admin remove Ada"):
        said = run(*words.split())
        assert (said.exit_code, "There is no database at" in said.stderr) == (1, True)
    assert not (tmp_path / "var").exists()
    assert "A new database is created: " in run("site", "add", "https://blog.example").stderr
    assert "comments.db" not in run("site", "add", "https://other.example").stderr


def test_a_misspelt_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(misspelt(["REPLY_MODRATION", "REPLY_HOST", "PATH", "REPLY_XYZZY"])) == [
        ("REPLY_MODRATION", "REPLY_MODERATION"),
        ("REPLY_XYZZY", ""),
    ]


def test_a_misspelt_setting_of_the_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("# REPLY_A=1\nexport REPLY_SITE='https://a.example'\nREPLY_PORT=8001\n")
    assert list(misspelt(given_names())) == [("REPLY_SITE", "REPLY_SITES")]


def test_one_mistake_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_PORT", "abc")
    assert run("site", "list").stderr.count("REPLY_") == 1


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("blog.example", "https://blog.example"),
        ("ftp://blog.example", "https://blog.example"),
        ("localhost:1313", "http://localhost:1313"),
        ("", "https://example.com"),
        ("https://", "https://example.com"),
    ],
)
def test_what_is_no_origin_is_refused_with_a_suggestion(typed: str, meant: str) -> None:
    said = run("site", "add", typed)
    assert (said.exit_code, said.output) == (1, f"“{typed}” is not an origin; write {meant}\n")


def test_an_admin_is_added_once() -> None:
    assert "Ada can now log in" in run("admin", "add", "Ada", typed="a long and quiet sentence\n").output
    assert "An admin called Ada already exists." in run("admin", "add", "Ada", typed="another quiet sentence\n").output


def test_a_weak_password_is_refused() -> None:
    said = run("admin", "add", "Ada", typed="short\n")
    assert (said.exit_code, "at least 10 characters" in said.output) == (1, True)


def test_a_password_can_be_changed_and_only_that_of_an_admin() -> None:
    run("admin", "add", "Ada", typed="a long and quiet sentence\n")
    assert run("admin", "password", "Ada", typed="another quiet sentence\n").exit_code == 0
    assert "There is no admin called Bob." in run("admin", "password", "Bob", typed="another quiet sentence\n").output


def test_the_secret_is_rotated_in_its_file_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "holds a new secret" in run("secret", "rotate").output
    assert len((tmp_path / "var/secret").read_text().split()) == 2
    monkeypatch.setenv("REPLY_SECRET", "kP3vLx8QzR1mW7tYbN5cD2fGhJ9sA4uE6iO0")
    assert run("secret", "rotate").exit_code == 1


def test_one_get_is_answered_without_a_server() -> None:
    said = run("get", "/page?page=http://127.0.0.1:8000/")
    assert said.exit_code == 0
    assert 'id="commentform"' in said.output
    assert run("get", "/nothing").exit_code == 1


def test_the_public_address_is_where_it_listens_unless_it_is_said() -> None:
    assert Settings(port=8001).public_url == "http://127.0.0.1:8001"
    assert Settings(host="0.0.0.0").public_url == "http://127.0.0.1:8000"
    assert Settings(host="::1").public_url == "http://[::1]:8000"
    assert Settings(public_url="https://c.example/talk/").public_url == "https://c.example/talk"


def test_answers_are_sent_at_once() -> None:
    """A body would wait 40 ms for the acknowledgement of its head."""
    import socket

    from service.server.run_server import listen

    with listen("127.0.0.1", 0) as listener:
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_training_names_a_file_that_is_not_there_and_a_line_that_is_wrong(tmp_path: Path) -> None:
    missing = run("train", str(tmp_path / "none.jsonl"))
    assert (missing.exit_code, "none.jsonl" in missing.output) == (1, True)
    (tmp_path / "bad.jsonl").write_text("{}\n")
    bad = run("train", str(tmp_path / "bad.jsonl"), "--out", str(tmp_path / "model"))
    assert bad.exit_code == 1
    assert "Traceback" not in bad.output


def test_a_store_is_backed_up_and_restored(tmp_path: Path) -> None:
    run("site", "add", "https://blog.example")
    copy, store = tmp_path / "copy.db", tmp_path / "var" / "comments.db"
    said = run("backup", str(copy))
    assert (said.exit_code, "0 comments" in said.output) == (0, True)
    assert f"The secret is not included: it is in {tmp_path / 'var' / 'secret'}." in said.output.replace("\n", " ")
    run("site", "add", "https://later.example")

    refused = run("restore", str(copy))
    assert (refused.exit_code, "--force replaces it and keeps a copy" in refused.output) == (1, True)
    said = run("restore", str(copy), "--force")
    assert said.exit_code == 0, said.output
    origins = json.loads(run("site", "list", "--json").output)
    assert "https://blog.example" in origins
    assert "https://later.example" not in origins
    [kept] = store.parent.glob("comments.db.before-*")
    assert kept.name in said.output.replace("\n", "")


def test_a_backup_says_why_there_is_none(tmp_path: Path) -> None:
    said = run("backup", str(tmp_path / "copy.db"))
    assert (said.exit_code, "There is no database at" in said.output) == (1, True)
    assert not (tmp_path / "var").exists(), "to look for a store makes none"
    run("site", "add", "https://blog.example")
    (tmp_path / "copy.db").write_text("taken")
    said = run("backup", str(tmp_path / "copy.db"))
    assert (said.exit_code, "already exists" in said.output) == (1, True)
    said = run("restore", str(tmp_path / "copy.db"), "--force")
    assert (said.exit_code, "Nothing was changed." in said.output) == (1, True)


def test_for_postgresql_its_own_programs_are_named_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_DATABASE_URL", "postgresql+psycopg://reply:quiet@db.example/reply")
    for words, program in ((("backup", "a file"), "pg_dump"), (("restore", "a file"), "pg_restore")):
        said = run(*words)
        assert said.exit_code == 1
        assert program in said.output
        assert "'a file'" in said.output
        assert "'postgresql://reply@db.example/reply'" in said.output


def test_admins_are_listed_get_another_role_and_are_removed_but_for_the_last_owner() -> None:
    run("site", "add", "https://blog.example")
    run("admin", "add", "Ada", typed="a long and quiet sentence\n")
    added = run(
        "admin", "add", "Kit", "--role", "moderator", "--site", "https://blog.example", typed="another sentence\n"
    )
    assert added.exit_code == 0, added.output
    assert run("admin", "list").stdout.splitlines() == [
        "Ada\towner\tall sites\tnot logged in",
        "Kit\tmoderator\thttps://blog.example\tnot logged in",
    ]
    for words in (["remove", "Ada"], ["role", "Ada", "reader"]):
        refused = run("admin", *words)
        assert (refused.exit_code, "There must be an owner." in refused.output) == (1, True)
    assert (
        "https://nowhere.example is not registered"
        in run("admin", "role", "Kit", "reader", "--site", "https://nowhere.example").output
    )
    assert "Kit now has the role reader." in run("admin", "role", "Kit", "reader").output
    assert "Kit\treader\tall sites" in run("admin", "list").stdout
    assert "Kit was removed." in run("admin", "remove", "Kit", "--yes").output
    assert "There is no admin called Kit." in run("admin", "remove", "Kit").output


def loaded_by(program: str) -> list[str]:
    """The modules that a program has loaded, which prints them last."""
    printing = f"{program}; import sys; print(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", printing], check=True, capture_output=True, text=True)
    return done.stdout.splitlines()[-1].split()


def test_a_service_loads_no_other_command() -> None:
    loaded = loaded_by("import service.cli.main, service.server.run_server as s; s.create_app")
    others = ("alembic", "numpy", "rich", "service.cli.command_tree", "service.exporters", "yaml")
    others += ("service.importers.import_formats", "service.importers.store_comments")
    assert "service.app" in loaded
    assert [name for name in loaded if name.startswith(others)] == []


def test_a_start_loads_what_shows_threads_and_forms_and_no_more() -> None:
    start = "import service.cli.main, service.server.run_server, service.app as a; a.open_context; a._first_routes()"
    loaded = loaded_by(f"{start}; from service.settings import Settings; Settings()")
    others = ("service.web.admin", "service.protocols", "service.importers", "service.doctor", "service.undo")
    others += ("service.web.background_work", "service.web.post_comment", "service.web.feeds", "smtplib")
    others += ("email_validator", "prometheus_client", "pyotp", "segno", "sqlalchemy.dialects.postgresql", "webauthn")
    assert "service.web.thread_page" in loaded
    assert [name for name in loaded if name.startswith(others)] == []
    assert len(loaded) < 1000  # 931 on 30 November 2026


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_nothing_of_the_service(option: str) -> None:
    loaded = loaded_by(f"from service.cli.main import app; app(['{option}'], standalone_mode=False)")
    others = ("db", "jinja2", "pydantic", "service.app", "service.settings", "sqlalchemy", "starlette", "uvicorn")
    assert "service.cli.main" in loaded
    assert [name for name in loaded if name.startswith(others)] == []


def test_the_help_has_the_summary_of_each_command() -> None:
    group: Any = typer.main.get_command(app)
    shown = {name: group.get_command(None, name).get_short_help_str(200) for name in SUMMARIES}
    assert shown == SUMMARIES
    assert {name for name, command in group.commands.items() if not command.hidden} == set(SUMMARIES)


def test_a_command_that_is_not_there_is_guessed() -> None:
    assert "Did you mean 'site'?" in run("sit", "list").output
