"""The JSON API and its document: a generated client, and schemathesis with all checks."""

import json
import re
import subprocess
from pathlib import Path

from service.protocols.api.document_routes import DOCUMENTED
from tests.clients.environments import python_of, run
from tests.clients.test_api_examples import ROOT, Api, api

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
