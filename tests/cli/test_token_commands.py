"""The commands of tokens, and a sentence for each thing that can be wrong."""

import json
from pathlib import Path

import pytest

from tests.cli.test_main import run


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "var"))
    run("admin", "add", "Mara", typed="a sentence that is easy\n")


def test_a_token_is_made_listed_and_revoked() -> None:
    made = json.loads(run("token", "add", "Mara", "Report", "--scope", "pages:read", "--days", "3", "--json").stdout)
    assert made["token"].startswith("lar_")
    number, name, scopes, *_ = run("token", "list", "Mara").stdout.strip().split("\t")
    assert (number, name, scopes) == (str(made["id"]), "Report", "pages:read")
    assert run("token", "revoke", "Mara", number, "--yes").exit_code == 0
    assert run("token", "list", "Mara").stdout.strip() == ""


def test_what_is_wrong_is_said() -> None:
    for words, said in {
        ("add", "Nobody", "x", "--scope", "pages:read"): "There is no admin called Nobody.",
        ("add", "Mara", " ", "--scope", "pages:read"): "A name must have 1 to 100 characters.",
        ("revoke", "Mara", "7"): "Mara has no token 7",
        ("list", "Nobody"): "There is no admin called Nobody.",
    }.items():
        answer = run("token", *words)
        assert answer.exit_code == 1
        assert said in answer.output
    assert "--scope" in run("token", "add", "Mara", "x").output
    assert "pages:read" in run("token", "add", "Mara", "x", "--scope", "all").output
