"""What a page carries for the form: little, and smaller than it was written."""

import gzip
import re

from starlette.testclient import TestClient

from service.web.rendering import small_styles, template_folder
from tests.reader import ARTICLE

BUDGET = 12 * 1024


def test_script_styles_and_an_empty_thread_weigh_twelve_kilobytes_at_most(client: TestClient) -> None:
    thread = client.get("/thread", params={"page": ARTICLE, "title": "A title of usual length", "jsonld": "no"})
    parts = [client.get("/embed.js").content, client.get("/embed.css").content, thread.content]
    assert sum(len(gzip.compress(part)) for part in parts) <= BUDGET


def test_scripts_and_styles_come_compressed_to_whoever_takes_that(client: TestClient) -> None:
    for name in ("embed.js", "embed.css", "widgets.js"):
        answer = client.get(f"/{name}", headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert "accept-encoding" in answer.headers["vary"].lower()
        plain = client.get(f"/{name}", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert answer.content == plain.content
        assert int(answer.headers["content-length"]) < len(plain.content)
        known = client.get(f"/{name}", headers={"if-none-match": plain.headers["etag"]})
        assert known.status_code == 304


def test_comments_in_the_code_stay_here(client: TestClient) -> None:
    for name in ("embed.js", "embed.css"):
        written = (template_folder() / "assets" / name).read_text()
        sent = client.get(f"/{name}").text
        assert "/*" in written
        assert not re.search(r"/\*|\n\s", sent)


def test_styles_mean_what_they_meant() -> None:
    written = """.a :is(b, c) { color: red; /* why */ content: "a;  /* b */" }
        @container (min-width: 1em) {
            .a :is(b) { x: calc(1em + 2px) }
        }"""
    assert small_styles(written) == (
        '.a :is(b,c){color:red;content:"a;  /* b */"}@container (min-width:1em){.a :is(b){x:calc(1em + 2px)}}'
    )
