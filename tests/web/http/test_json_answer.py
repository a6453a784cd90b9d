"""JSON of ours holds no ``<``, whatever was typed: a server that looks for directives in it finds none."""

import json
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import service
from service.web.http.json_answer import safe, written
from tests.reader import ARTICLE, Reader

DIRECTIVE = '<!--#exec cmd="id"--><b>'


@pytest.fixture
def typed(reader: Reader) -> dict[str, str]:
    """A form whose every field holds a directive, and which is not taken."""
    return reader.fields(comment=DIRECTIVE, author=DIRECTIVE, captcha=DIRECTIVE)


def test_it_means_the_same() -> None:
    value = {"<a>": ["<", "\\<", "\\\\<", "\\u003c", "ö", 1, None]}
    assert "<" not in written(value)
    assert json.loads(written(value)) == json.loads(safe(json.dumps(value))) == value


def test_what_readers_typed_is_in_no_answer_as_typed(client: TestClient, reader: Reader, typed: dict[str, str]) -> None:
    refused = reader.send(typed, json=True)
    posted = reader.post(json=True, comment=f"Kept {DIRECTIVE}", title=DIRECTIVE)
    assert posted.status_code == 201, posted.text
    question = client.get("/captcha", params={"page": ARTICLE})
    script = {"accept": "application/json"}
    preview = client.post("/preview", json={"comment": DIRECTIVE, "page": ARTICLE}, headers=script)
    own = [
        client.get(path, params={"page": ARTICLE, "format": "json"}, headers=script)
        for path in ("/latest", "/api/v1/public/comments", "/wp-json/wp/v2/comments", "/api/v1/openapi.json")
    ]
    unknown = client.get(f"/api/v1/{DIRECTIVE}")
    bad = client.post("/counts", json={"pages": [f"{ARTICLE}?{DIRECTIVE}"]})
    for answer in (refused, posted, question, preview, *own, unknown, bad):
        assert "json" in answer.headers["content-type"], answer.url
        assert "<" not in answer.text, answer.url
        answer.json()
    assert all(answer.text.count(r"\u003c") > 9 for answer in (refused, posted))


@pytest.mark.parametrize("path", sorted(Path(service.__file__).parent.rglob("*.py")), ids=lambda path: path.stem)
def test_no_other_way_is_taken(path: Path) -> None:
    if path.name != "json_answer.py":
        assert not re.search(r"\bJSONResponse\b", path.read_text())
