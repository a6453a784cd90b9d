"""What people type is no code to a template language, whatever face shows it and whichever way it came in."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from db.models import Status
from service.app import create_app
from service.importers.import_report import ImportReport
from service.importers.incoming_comments import IncomingComment, IncomingPage, PageMappings
from service.importers.store_comments import Import
from service.settings import Settings
from service.web.context import AppContext
from tests.app_client import AppClient
from tests.conftest import PUBLIC_URL, Clock
from tests.page_titles import approve_titles
from tests.protocols.wordpress.conftest import API
from tests.reader import Reader
from tests.seen import Thread

SITE = "https://blog.example"
HOSTILE = "{{ 6 * 7 }} {% raw %} {# gone #} ${6} <%= 6 %> <?= 6 ?> <!--#echo var=x --> <esi:include src=x/> [[6]] `x`"
MARKS = [*"{}<>&\"'`*\\\n ", "{{", "}}", "{%", "%}", "{#", "#}", "${", "<%=", "%>", "<?", "<!--#", "-->", "&#123;"]
MARKS += ["[x](http://a.example/ '", "')", "> ", "- ", "```\n", "\n\n    ", "</script>", "<script>", "]]>"]
TYPED = st.lists(st.sampled_from(MARKS) | st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map("".join)
_DATA = re.compile(r'(?<=<script type="application/ld\+json">).*?(?=</script>)', re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is drawn does not depend on the database."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without a spam check, which would hold most of what is typed here."""
    return settings.model_copy(update={"spam_check": False})


@dataclass(frozen=True)
class Said:
    """A comment in which one text was typed into every field that takes it."""

    page: str
    typed: str
    id: int
    link: str
    answer: Any

    @property
    def fields(self) -> dict[str, str]:
        return filled(self.typed, self.page)


def filled(typed: str, page: str) -> dict[str, str]:
    website = re.sub(r"[\s\"'<>\\]|[^ -~]", "", typed)
    texts = {"comment": f"Said {typed}", "author": f"Ada {typed}", "title": f"On {typed}"}
    return {"page": page, "url": f"https://a.example/{website}", **texts}


Say = Callable[[str], Said]


@pytest.fixture
def say(reader: Reader, context: AppContext, monkeypatch: pytest.MonkeyPatch) -> Say:
    """Posts to a page of its own each time. For the limits hours pass between one look at the clock and the next."""
    numbers, hours = count(), count()
    monkeypatch.setattr(context.limits, "_clock", lambda: next(hours) * 3600.0)

    def say(typed: str) -> Said:
        page = f"{SITE}/{next(numbers)}"
        answer = reader.post(json=True, **filled(typed, page))
        assert answer.status_code == 201, answer.text
        approve_titles(context)
        told = answer.json()
        return Said(page, typed, int(told["id"]), str(told["own"]), told)

    return say


def shown(client: TestClient, said: Said) -> Iterator[tuple[str, str]]:
    """Every answer with HTML or XML in it that holds what was typed."""
    here = {"page": said.page}
    reads: list[tuple[str, dict[str, str]]] = [
        *(("/thread", here | more) for more in ({}, {"captcha": "lazy"}, {"title": said.typed})),
        ("/thread", here | {"parent": str(said.id)}),
        ("/thread", here | {"preview": said.link}),
        ("/comments", here),
        ("/form", here | {"parent": str(said.id)}),
        *(("/page", here | more) for more in ({}, {"frame": "1"}, {"parent": str(said.id)})),
        ("/own", here | {"preview": said.link}),
        *((path, {"site": SITE, "number": "1"}) for path in ("/latest", "/popular", "/feed")),
        ("/feed", here),
    ]
    for path, query in reads:
        answer = client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        yield f"{path}?{urlencode(query)}", answer.text
    plain, script = {"accept": "text/html"}, {"accept": "application/json"}
    fields = said.fields | {"captcha": said.typed, "email": said.typed}
    yield "preview", client.post("/preview", data=fields, headers=plain).text
    yield "preview for a script", client.post("/preview", data=fields, headers=script).json()["preview"]
    yield "refused", client.post("/comments", data=fields, headers=plain).text
    yield "refused for a script", client.post("/comments", data=fields, headers=script).json()["form"]
    yield "shown to its author", said.answer["html"]
    form = here | {"preview": said.link, "action": "form"}
    yield "form to edit", client.post("/own", data=form, headers=script).json()["form"]
    yield "from nowhere", client.post("/wp-comments-post.php", data={"comment": said.typed}, headers=plain).text
    comment = client.get(f"{API}/{said.id}", headers=script).json()
    yield "WordPress", f"{comment['content']['rendered']}{comment['author_name']}{comment['author_url']}"


def assert_inert(what: str, text: str) -> None:
    """No brace but those that make JSON-LD out of strings, and no tag of ERB, PHP, SSI or ESI."""
    for data in _DATA.findall(text):
        assert not any(re.search("[{}<>&]", string) for string in _STRING.findall(data)), what
    bare = _DATA.sub("", text).replace("<!doctype html>", "").replace('<?xml version="1.0" encoding="utf-8"?>', "")
    assert not re.search("[{}]|<[%?!]|<esi", bare), what


@given(typed=TYPED)
def test_no_brace_that_was_typed_stands_in_any_answer(client: TestClient, say: Say, typed: str) -> None:
    for what, text in shown(client, say(typed)):
        assert_inert(what, text)


def test_every_answer_holds_what_was_typed_and_is_the_same_when_taken_for_a_template(
    client: TestClient, say: Say
) -> None:
    for what, text in shown(client, say(HOSTILE)):
        assert_inert(what, text)
        assert "&#123;&#123; 6 * 7 &#125;&#125;" in text, what
        assert jinja2.Template(text, keep_trailing_newline=True).render() == text, what


def test_what_was_typed_is_shown_and_described_to_the_letter(client: TestClient, say: Say) -> None:
    said = say(HOSTILE)
    thread = Thread(client.get("/thread", params={"page": said.page}).text)
    assert thread.texts == [f"Said {HOSTILE}".replace("`", "")]
    assert thread.described == thread.texts
    assert thread.names == [f"Ada {HOSTILE}"]
    assert thread.links == [said.fields["url"]]
    assert thread.values["title"] == f"On {HOSTILE}"


@given(typed=TYPED)
def test_a_refused_form_comes_back_with_all_that_was_typed(client: TestClient, typed: str) -> None:
    fields = filled(typed, f"{SITE}/refused")
    seen = Thread(client.post("/comments", data=fields, headers={"accept": "text/html"}).text).values
    assert seen["comment"].removeprefix("\n") == fields["comment"]
    assert (seen["author"], seen["url"], seen["title"]) == (fields["author"], fields["url"], fields["title"])


def test_an_imported_comment_is_no_code_either(client: TestClient, context: AppContext, clock: Clock) -> None:
    page = IncomingPage(("12", "post", f"{SITE}/post"), "/post", HOSTILE)
    stored = '<a href="http://a.example/?{{7*7}}" title="{{ 7*7 }}">x</a> {% raw %}'
    author = {"author": HOSTILE, "email": "", "url": "http://a.example/{{7*7}}"}
    comment = IncomingComment(page, "blog", "7", "", Status.APPROVED, stored, "html", clock(), **author)
    Import("wordpress", PageMappings(1, SITE), context.writer.run, clock(), ImportReport()).take([comment])
    text = client.get("/thread", params={"page": f"{SITE}/post"}).text
    assert Thread(text).texts == ["x {% raw %}"]
    assert_inert("imported", text)


def test_json_keeps_plain_text_plain(client: TestClient, say: Say) -> None:
    said = say(HOSTILE)
    (item,) = client.get("/latest", params={"site": SITE, "format": "json"}).json()["items"]
    assert item["author"] == f"Ada {HOSTILE}"
    assert item["page"]["title"] == f"On {HOSTILE}"
    assert item["excerpt"] == f"Said {HOSTILE}".replace("`", "")
    assert said.page in client.get("/counts", params={"page": said.page}).json()["counts"]


def test_a_template_of_the_owners_is_covered_and_its_own_scripts_run(
    settings: Settings, clock: Clock, tmp_path: Path
) -> None:
    own = (
        "<style>p { color: red }</style><p>{{ form.title }}</p><script>let a = { t: {{ form.title|tojson }} };</script>"
    )
    (tmp_path / "form-note.html").write_text(own)
    with AppClient(create_app(settings.model_copy(update={"templates": tmp_path}), clock), PUBLIC_URL) as client:
        text = client.get("/form", params={"page": f"{SITE}/post", "title": "{{ 7 }}"}).text
    assert "<style>p { color: red }</style><p>&#123;&#123; 7 &#125;&#125;</p>" in text
    assert r'<script>let a = { t: "\u007b\u007b 7 \u007d\u007d" };</script>' in text
