import json
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
    assert (first.exit_code, "Taken: 2 comments" in first.stdout) == (0, True)
    assert json.loads(run("wordpress", export_file, *SITE, "--json").stdout)["already_here"] == 2


def test_standard_input_is_read(export_file: Path) -> None:
    assert "Taken: 2" in run("wordpress", "-", *SITE, stdin=export_file.read_bytes()).stdout


def test_a_broken_file_is_taken_as_far_as_it_goes_and_fails(export_file: Path) -> None:
    export_file.write_bytes(export_file.read_bytes().partition(b"Words of 2")[0])
    result = run("wordpress", export_file, *SITE)
    assert (result.exit_code, "Taken: 1 comment\n" in result.stdout, "cut short at line" in result.stdout) == (
        1,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("wordpress", "FILE", "--site", "https://no.example"), "leave-a-reply site add https://no.example"),
        (("wordpress", "/nowhere", *SITE), "/nowhere cannot be read"),
        (("wordpress", __file__, *SITE), "no WordPress export"),
        (("nonsense", "FILE", *SITE), "There is no format nonsense"),
        (("wordpress", "FILE", *SITE, "--page", "5"), "write it as POST=URL"),
        (("wordpress", "FILE", *SITE, "--page", "5=https://a.example/"), "has to be one of http://127.0.0.1:8000"),
    ],
)
def test_what_cannot_be_done_is_said(export_file: Path, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*(export_file if each == "FILE" else each for each in arguments))
    assert (result.exit_code, sentence in " ".join(result.stderr.split())) == (1, True)
