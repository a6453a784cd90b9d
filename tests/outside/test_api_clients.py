"""The JSON API and its document: a generated client, and schemathesis with all checks."""

import json
import re
import subprocess
from pathlib import Path

from service.protocols.api.document_routes import DOCUMENTED
from tests.clients.environments import python_of, run
from tests.clients.test_api_examples import ROOT, Api, api
from tests.reader import ARTICLE

__all__ = ["api"]


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


def schemathesis(api: Api, folder: Path, phases: str, examples: int) -> str:
    """What it says with all checks, once it has found nothing."""
    program, config = python_of("schemathesis").with_name("schemathesis"), ROOT / "tests/clients/schemathesis.toml"
    command = [
        *(program, "--config-file", config, "run", f"{api.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {api.token}", "--checks", "all", "--phases", phases),
        *("--max-examples", str(examples), "--seed", "1", "--no-shrink", "--warnings", "off"),
        *("--exclude-path", "/tokens/{id}"),  # it would revoke its own
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def number_after(words: str, said: str) -> int:
    found = re.search(rf"{words} +(\d+)", said)
    assert found, said
    return int(found[1])


def test_schemathesis_finds_nothing_with_all_checks(api: Api, tmp_path: Path) -> None:
    """A few examples of each operation. By hand: ``--phases examples,coverage,fuzzing --max-examples 100``, which sends
    some ten thousand requests."""
    said = schemathesis(api, tmp_path, "examples,fuzzing", 1)
    assert number_after("Tested:", said) == len(DOCUMENTED) - 2, "all but that one, and the document itself"


def test_schemathesis_finds_nothing_in_what_follows_on_each_other(api: Api, tmp_path: Path) -> None:
    """Chains of requests, of which each takes what the one before was answered. There is something to begin with: lists
    are not empty. By hand: ``--max-examples 100``, which takes some twenty minutes."""
    for text in ("The first.", "The second."):
        api.http.post(f"{api.url}/comments", json={"page": ARTICLE, "text": text}).raise_for_status()
    hook = {"site": 1, "url": "https://receiver.example/hook"}
    api.http.post(f"{api.url}/webhooks", json=hook).raise_for_status()
    said = schemathesis(api, tmp_path, "stateful", 10)
    assert number_after("API Links:", said), "followed, of those that it infers"
