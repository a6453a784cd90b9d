"""Two services on one store, each with its own courier: every receiver hears everything once."""

from pathlib import Path

import pytest

from tests.cli.test_main import run
from tests.reader import Reader
from tests.service_process import PATIENCE, serving, wait_for
from tests.webhooks.conftest import Receiver

NUMBER = 8


def test_two_processes_send_each_message_once(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"REPLY_WEBHOOK_PRIVATE": "true", "REPLY_MIN_FILL_SECONDS": "0", "REPLY_SPAM_CHECK": "false"}
    with serving(tmp_path, 2, **settings) as services:
        monkeypatch.setenv("REPLY_DATA", str(tmp_path))
        words = ("webhook", "add", "https://blog.example", receiver.url(), "--event", "comment.approved")
        assert run(*words).exit_code == 0
        for number in range(NUMBER):
            with services[number % 2].client() as client:
                assert Reader(client).post(comment=f"Thought {number}").status_code == 303
        wait_for(lambda: len(receiver.heard) >= NUMBER, "the messages to arrive")
        for service in services:
            service.terminate()
            service.wait(PATIENCE)
    told = sorted(heard.json["data"]["text"] for heard in receiver.heard)
    assert told == [f"Thought {number}" for number in range(NUMBER)]
