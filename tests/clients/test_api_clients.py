"""The JSON API and its document: a generated client, schemathesis with all checks, and the examples of the docs."""

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service import admins, api_tokens
from service.api_tokens import NewToken, Scope
from service.app import open_context
from service.protocols.api.document_routes import DOCUMENTED
from service.settings import Settings
from service.web.context import utc_now
from service.web.http.problems import API
from tests.clients.environments import python_of, run
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
    ida = context.writer.run(admins.add, "Ida", "no password opens this", utc_now())
    assert ida
    new = NewToken("robot", tuple(Scope), utc_now() + timedelta(days=1))
    made = context.writer.run(api_tokens.add, context.keyring, ida, new, utc_now())
    context.close()
    assert made
    unlimited = {"REPLY_RATE_LOGIN": "0/minute", "REPLY_RATE_QUESTION": "0/minute", "REPLY_MIN_FILL_SECONDS": "0"}
    bearer = {"authorization": f"Bearer {made[1]}"}
    with serving(folder, REPLY_DEMO="false", **unlimited) as [process], httpx2.Client(headers=bearer) as http:
        yield Api(f"http://127.0.0.1:{process.port}{API}", made[1], http)


def test_a_generated_client_posts_and_moderates(api: Api, tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(api.get("/openapi.json")))
    given = {"document": str(document), "folder": str(tmp_path), "service": api.url, "token": api.token}
    assert run("openapi-client", page="https://blog.example/generated", **given) == {
        "made": [201, "pending", True],
        "approved": [200, "approved"],
        "stale": [412, "Precondition Failed"],
        "undone": True,
        "listed": ["By a generated client.", "Thanks."],
    }


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


def test_schemathesis_finds_nothing_with_all_checks(api: Api, tmp_path: Path) -> None:
    """A few examples of each operation. By hand: ``--phases examples,coverage,fuzzing --max-examples 100``, which sends
    some ten thousand requests."""
    program, config = python_of("schemathesis").with_name("schemathesis"), ROOT / "tests/clients/schemathesis.toml"
    command = [
        *(program, "--config-file", config, "run", f"{api.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {api.token}", "--checks", "all", "--phases", "examples,fuzzing"),
        *("--max-examples", "1", "--seed", "1", "--no-shrink", "--warnings", "off"),
        *("--exclude-path", "/tokens/{id}"),  # it would revoke its own
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    tested = re.search(r"Tested: (\d+)", done.stdout)
    assert tested
    assert int(tested[1]) == len(DOCUMENTED) - 2, "all but that one, and the document itself"
