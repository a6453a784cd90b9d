"""The commands of webhooks, and a sentence for each thing that can be wrong."""

import json
from pathlib import Path

import pytest

from tests.cli.test_main import run
from tests.webhooks.conftest import Receiver, receiver

__all__ = ["receiver"]


@pytest.fixture(autouse=True)
def _installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLY_DATA", str(tmp_path / "var"))
    monkeypatch.setenv("REPLY_SITES", "https://blog.example")
    monkeypatch.setenv("REPLY_WEBHOOK_PRIVATE", "true")


def test_a_webhook_is_added_tested_listed_replayed_and_removed(receiver: Receiver) -> None:
    added = json.loads(run("webhook", "add", "https://blog.example", receiver.url(), "--json").stdout)
    number = str(added["id"])
    assert added["secret"].startswith("whsec_")
    assert "answered 204" in run("webhook", "test", number).stdout
    assert receiver.heard[0].json["type"] == "webhook.test"
    listed = run("webhook", "list").stdout
    assert number in listed
    assert "comment.spam" in listed
    assert added["secret"] not in listed + run("webhook", "list", "--json").stdout
    receiver.statuses["/hook"] = 503
    assert "503" in run("webhook", "test", number).output
    newest, oldest = run("webhook", "log", number).stdout.splitlines()
    assert "failed, 1 tried  503" in newest
    assert "delivered" in oldest
    assert len(json.loads(run("webhook", "log", number, "--json").stdout)) == 2
    assert run("webhook", "replay", number).stdout.startswith("0 messages will"), "tests are not news"
    assert run("webhook", "replay", number, oldest.partition(" ")[0]).stdout.startswith("1 message will")
    assert "waits until" in run("webhook", "log", number).stdout
    assert run("webhook", "remove", number, "--yes").exit_code == 0
    assert run("webhook", "list").stdout == "\n" or run("webhook", "list").stdout == ""


def test_what_is_wrong_is_said(receiver: Receiver) -> None:
    for words, said in {
        ("add", "https://other.example", receiver.url()): "is not registered",
        ("add", "blog", receiver.url()): "is not an origin",
        ("add", "https://blog.example", "hook"): "must be complete",
        ("add", "https://blog.example", "https://m.example", "--kind", "matrix"): "needs --room and --token",
        ("test", "7"): "There is no webhook 7",
        ("log", "7"): "There is no webhook 7",
    }.items():
        answer = run("webhook", *words)
        assert answer.exit_code == 1
        assert said in answer.output
