"""The examples of docs/api.md, as they are written."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service import admin_logins, api_tokens
from service.api_tokens import NewToken, Scope
from service.app import open_context
from service.settings import Settings
from service.web.context import utc_now
from service.web.http.api_problems import API
from tests.reader import ARTICLE, solve
from tests.service_process import serving

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Api:
    """Where it is, a token with every scope, and a client that sends it."""

    url: str
    token: str
    http: httpx2.Client

    def get(self, path: str, **params: str) -> Any:
        return self.http.get(self.url + path, params=params).json()


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    context = open_context(Settings(data=folder, sites=("https://blog.example",)), demo=False)
    ida = context.writer.run(admin_logins.add, "Ida", "no password opens this", utc_now())
    assert ida
    new = NewToken("robot", tuple(Scope), utc_now() + timedelta(days=1))
    made = context.writer.run(api_tokens.add, context.keyring, ida, new, utc_now())
    context.close()
    assert made
    unlimited = {"REPLY_RATE_LOGIN": "0/minute", "REPLY_RATE_QUESTION": "0/minute", "REPLY_MIN_FILL_SECONDS": "0"}
    bearer = {"authorization": f"Bearer {made[1]}"}
    with serving(folder, REPLY_DEMO="false", **unlimited) as [process], httpx2.Client(headers=bearer) as http:
        yield Api(f"http://127.0.0.1:{process.port}{API}", made[1], http)


def examples() -> list[str]:
    """The shell commands of docs/api.md: those of a block with a variable are run together."""
    blocks = re.findall(r"^```\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.DOTALL | re.MULTILINE)
    return [block for block in blocks if "curl" in block]


def test_the_examples_of_the_docs_work_as_they_are_written(api: Api) -> None:
    made = api.http.post(f"{api.url}/comments", json={"page": ARTICLE, "text": "The first."}).json()
    question = api.get("/public/question", page=ARTICLE)
    for block in examples():
        script = block.replace("TOKEN OF THE QUESTION", question["token"])
        script = script.replace('"answer": "7"', f'"answer": "{solve(question["question"])}"')
        script = re.sub(r"^curl", "curl --silent --show-error --fail-with-body", script, flags=re.MULTILINE)
        variables = {"API": api.url, "TOKEN": api.token, "ID": made["id"], "PATH": "/usr/local/bin:/usr/bin:/bin"}
        done = subprocess.run(["sh", "-ec", script], env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (script, done.stdout, done.stderr)
    shown = [item["excerpt"] for item in api.get("/public/comments", page=ARTICLE)["items"]]
    assert sorted(shown) == ["A thought.", "Version 0.2.0 is out."], "and the first was filed as spam"
