import json
import os
import threading
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from service.cli.main import app
from tests.importers.samples import comment, export, item

SITE = ("--site", "http://127.0.0.1:8000")


@pytest.fixture
def export_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("REPLY_SITES", "http://127.0.0.1:8000")
    path = tmp_path / "export.xml"
    path.write_bytes(export(item(comment(1), comment(2, 1, approved="0"))))
    return path


def run(*arguments: object, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["import", *map(str, arguments)], input=stdin)


def test_it_works_and_a_second_run_adds_nothing(export_file: Path) -> None:
    assert json.loads(run("wordpress", export_file, *SITE, "--dry-run", "--json").stdout)["approved"] == 1
    first = run("wordpress", export_file, *SITE)
    assert (first.exit_code, "Imported: 2 comments" in first.stdout) == (0, True)
    assert json.loads(run("wordpress", export_file, *SITE, "--json").stdout)["already_here"] == 2


def test_standard_input_is_read(export_file: Path) -> None:
    assert "Imported: 2" in run("wordpress", "-", *SITE, stdin=export_file.read_bytes()).stdout


def test_a_pipe_is_read(export_file: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(export_file.read_bytes(),))
    writer.start()
    assert "Imported: 2" in run(pipe, *SITE).stdout
    writer.join()


def test_a_comment_that_cannot_be_read_is_counted_and_fails(export_file: Path) -> None:
    broken = item(comment(1).replace("Words of 1]]>", "Words of 1"))
    export_file.write_bytes(export(broken, item(comment(2), slug="b")))
    result = run(export_file, *SITE)
    assert (result.exit_code, "Imported: 1 comment\n" in result.stdout, "(line 3)" in result.stdout) == (1, True, True)


def test_a_broken_file_is_taken_as_far_as_it_goes_and_fails(export_file: Path) -> None:
    export_file.write_bytes(export_file.read_bytes().partition(b"Words of 2")[0])
    result = run("wordpress", export_file, *SITE)
    assert (result.exit_code, "Imported: 1 comment\n" in result.stdout, "truncated at line" in result.stdout) == (
        1,
        True,
        True,
    )


def test_the_format_is_found_out_and_told(export_file: Path, tmp_path: Path) -> None:
    found = run(export_file, *SITE)
    assert (found.exit_code, found.stdout.splitlines()[0]) == (0, "Format: WordPress's export (WXR)")
    named = run(export_file, *SITE, "--format", "wordpress", "--json")
    assert json.loads(named.stdout)["already_here"] == 2
    lines = tmp_path / "comments.jsonl"
    assert CliRunner().invoke(app, ["export", *SITE, "-o", str(lines)]).exit_code == 0
    assert json.loads(run(lines, *SITE, "--json").stdout)["already_here"] == 2


def test_a_dry_run_shows_what_would_be_done(export_file: Path) -> None:
    shown = run(export_file, *SITE, "--dry-run").stdout
    assert "Would be imported: 2 comments" in shown
    assert "Writer 1, 2020-01-02 03:04 UTC, approved, on http://127.0.0.1:8000/2020/hello/\n    Words of 1" in shown
    assert json.loads(run(export_file, *SITE, "--json").stdout)["approved"] == 1


def test_pages_that_have_moved_are_found(export_file: Path, tmp_path: Path) -> None:
    redirects = tmp_path / "redirects.csv"
    redirects.write_text("/2020/hello/,/new\n")
    report = json.loads(run(export_file, *SITE, "--redirects", redirects, "--json", "--dry-run").stdout)
    assert {each["page"] for each in report["sample"]} == {"http://127.0.0.1:8000/new"}
    report = json.loads(run(export_file, *SITE, "--map", "/2020/=/", "--json", "--dry-run").stdout)
    assert {each["page"] for each in report["sample"]} == {"http://127.0.0.1:8000/hello/"}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><title>Log in</title>", "a web page"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "a feed of comments or articles"),
        (b"<opml><x/></opml>", "XML of another kind, which begins with <opml>"),
        (b'{"songs": [{"title": "x"}]}', "JSON of another kind, with the names songs, title"),
        (b"-- MySQL dump 10.13\nCREATE TABLE `wp_comments` (", "a database dump (SQL)"),
        (b"Dear editor,\nhello", "text of another kind, which begins “Dear editor,”"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a picture"),
        (b"\x7fELF\2\1\1\0\0\0\0\0", "a binary file"),
    ],
)
def test_a_file_that_cannot_be_taken_is_told_what_it_is(data: bytes, what: str, export_file: Path) -> None:
    export_file.write_bytes(data)
    result = run(export_file, *SITE)
    assert (result.exit_code, "is not in a supported format" in result.stderr) == (1, True)
    assert what in " ".join(result.stderr.split())


def test_a_file_of_another_format_than_named_is_told_so(export_file: Path) -> None:
    export_file.write_text('{"version":1,"users":[],"posts":[]}\n')
    assert "It seems to be Remark42's backup: --format remark42" in " ".join(
        run("wordpress", export_file, *SITE).stderr.split()
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("wordpress", "FILE", "--site", "https://no.example"), "leave-a-reply site add https://no.example"),
        (("wordpress", "/nowhere", *SITE), "/nowhere cannot be read"),
        (("wordpress", __file__, *SITE), "not a WordPress export"),
        (("nonsense", "FILE", *SITE), "Unknown format nonsense"),
        (("wordpress", "FILE", *SITE, "--page", "5"), "write it as POST=URL"),
        (("FILE", *SITE, "--map", "5"), "write it as OLD=NEW"),
        (("FILE", *SITE, "--slugs", "5"), "write it as a path with {slug}"),
        (("FILE", *SITE, "--redirects", "/nowhere"), "/nowhere cannot be read"),
        (("FILE", *SITE, "--format", "nonsense"), "Unknown format nonsense"),
        (("wordpress", "FILE", "FILE", *SITE), "Import one file at a time"),
        (("wordpress", "FILE", *SITE, "--page", "5=https://a.example/"), "must be on http://127.0.0.1:8000"),
    ],
)
def test_what_cannot_be_done_is_said(export_file: Path, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*(export_file if each == "FILE" else each for each in arguments))
    assert (result.exit_code, sentence in " ".join(result.stderr.split())) == (1, True)


def test_an_import_is_taken_back_by_its_number(export_file: Path) -> None:
    report = json.loads(run(export_file, *SITE, "--json").stdout)
    listed = imports("list")
    assert f"{report['import']}  " in listed.stdout
    assert "done, 2 comments  http://127.0.0.1:8000  export.xml" in listed.stdout
    assert json.loads(imports("undo", report["import"], "--json", "--yes").stdout) == {"removed": 2, "kept": 0}
    assert json.loads(imports("list", "--json").stdout)[0]["state"] == "undone"
    again = imports("undo", report["import"])
    assert (again.exit_code, "cannot be undone: undone, 0 comments kept" in again.stderr) == (1, True)
    assert "There is no import 5" in imports("undo", 5).stderr
    assert json.loads(run(export_file, *SITE, "--json").stdout)["approved"] == 1


def test_an_import_that_adds_nothing_offers_no_undo(export_file: Path) -> None:
    assert "leave-a-reply imports undo" in run(export_file, *SITE).stdout
    assert "leave-a-reply imports undo" not in run(export_file, *SITE).stdout


def imports(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["imports", *map(str, arguments)])
