"""The command export: it reads the store, and changes nothing in it."""

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.main import app
from tests.importers.samples import comment, export, item

SITE = "http://127.0.0.1:8000"


def run(*words: object, typed: bytes = b"") -> Result:
    return CliRunner().invoke(app, [*map(str, words)], input=typed)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("REPLY_SITES", SITE)
    export_file = export(item(comment(1), comment(2, 1, approved="0")))
    assert run("import", "wordpress", "-", "--site", SITE, typed=export_file).exit_code == 0
    return tmp_path / "data"


def test_it_writes_json_lines_to_standard_output(data: Path) -> None:
    result = run("export", "--site", SITE)
    assert result.exit_code == 0
    assert [json.loads(line)["type"] for line in result.stdout.splitlines()] == [
        "header",
        "page",
        "comment",
        "comment",
        "end",
    ]


def test_a_file_is_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    result = run("export", "csv", "--site", SITE, "--since", "2020-01-02", "--until", "2020-01-02", "-o", file)
    assert (result.exit_code, file.stat().st_mode & 0o777) == (0, 0o600)
    assert "Words of 2" in file.read_text()
    assert result.stdout == f"{file}: 0.0 MB.\n"


def test_the_store_is_neither_made_nor_changed(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = next(data.glob("*.db"))
    before = hashlib.sha256(store.read_bytes()).digest()
    assert run("export", "wordpress", "--site", SITE).exit_code == 0
    assert hashlib.sha256(store.read_bytes()).digest() == before
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "nowhere"))
    result = run("export", "--site", SITE)
    assert (result.exit_code, "There is no database at" in result.output) == (1, True)
    assert not (tmp_path / "nowhere").exists()


def test_html_writes_the_fragment_that_the_service_sends(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "threads"
    assert "1 written, 0 unchanged, 0 removed" in run("export", "html", "--site", SITE, "--out", out).stdout
    assert "0 written, 1 unchanged, 0 removed" in run("export", "html", "--site", SITE, "--out", out).stdout
    ((url, page),) = json.loads((out / "index.json").read_bytes())["pages"].items()
    assert (url, page["count"], page["title"]) == (f"{SITE}/2020/hello/", 1, "Hello & more")
    html = (out / page["file"]).read_bytes()
    assert html == run("get", f"/thread?page={url}&captcha=lazy").stdout_bytes
    assert b"Words of 1" in html
    assert b"Words of 2" not in html


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["blogger"], "Unknown format blogger"),
        (["isso", "--status", "pending"], "cannot contain pending comments"),
        (["--since", "yesterday"], "is not a date"),
        (["--until", "9999-12-31"], "is not a date"),
        (["--page", "https://other.example/"], "is not registered"),
        (["html"], "needs exactly --site and --out"),
        (["html", "--out", "x", "--emails"], "needs exactly --site and --out"),
        (["csv", "--out", "x"], "--out is only for html"),
        (["-o", "/nowhere/at/all"], "No such file"),
    ],
)
def test_what_cannot_be_done_is_said(data: Path, words: list[str], sentence: str) -> None:
    result = run("export", *words, "--site", SITE)
    assert (result.exit_code, sentence in result.output) == (1, True), result.output


def test_an_unknown_site_is_said(data: Path) -> None:
    assert "not registered" in run("export", "--site", "https://no.example").output
