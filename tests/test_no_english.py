"""Whoever reads Chinese meets no word of English, except where an owner has something to put right.

A sentence that has no translation yet counts as translated here: what is looked for are those that never get one.
"""

import gettext
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from service.language import language
from tests.reader import ARTICLE, Reader

CHINESE = {"accept": "text/html", "accept-language": "zh-CN"}
TYPED = {"comment": "很好。", "author": "李雷", "title": "一个标题"}
WORD = re.compile(r"[A-Za-z]{2,}")
SAME_EVERYWHERE = re.compile(r"https?://\S+|\bUTC\b")
SPOKEN = {"aria-label", "title", "placeholder", "alt"}


class Words(HTMLParser):
    """What a page says to those who see or hear it, or hands to a script to say."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        spoken = SPOKEN | ({"value"} if tag == "input" and ("type", "submit") in attrs else set())
        for name, value in attrs:
            if value and (name in spoken or (name.startswith("data-") and " " in value)):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.said.append(data)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


class StandIn(gettext.NullTranslations):
    """A Chinese sign for each letter of a sentence, and its placeholders."""

    def gettext(self, message: str) -> str:
        parts = re.split(r"(%\(\w+\)s|%s|\{\w+\})", message)
        return "".join(part if at % 2 else re.sub("[A-Za-z]", "文", part) for at, part in enumerate(parts))

    def ngettext(self, *forms_and_number: Any) -> str:
        return self.gettext(forms_and_number[1])


@pytest.fixture(autouse=True)
def _what_is_not_translated_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language("zh-Hans").translations, "_fallback", StandIn())


Ask = Callable[[Reader], Any]


def post(**changes: str | None) -> Ask:
    return lambda reader: reader.post(lang="zh-Hans", **{**TYPED, **changes})


def get(path: str, **query: str) -> Ask:
    return lambda reader: reader.client.get(path, params={"page": ARTICLE, **query}, headers=CHINESE)


def own(reader: Reader) -> Any:
    posted = reader.post(json=True, **TYPED).json()
    return get("/own", preview=posted["own"], lang="zh-Hans")(reader)


def thread(reader: Reader) -> Any:
    posted = reader.post(json=True, **TYPED).json()
    return get("/page", parent=str(posted["id"]))(reader)


def twice(reader: Reader) -> Any:
    post()(reader)
    return post()(reader)


def held(reader: Reader) -> Any:
    answer = post(captcha="", review="1")(reader)
    return reader.client.get(answer.headers["location"], headers=CHINESE)


def preview(reader: Reader) -> Any:
    return reader.client.post("/preview", data=reader.fields(lang="zh-Hans", **TYPED), headers=CHINESE)


def from_wordpress(reader: Reader) -> Any:
    fields = {"comment": "很好。", "author": "", "redirect_to": ARTICLE}
    return reader.client.post("/wp-comments-post.php", data=fields, headers=CHINESE)


@pytest.mark.parametrize(
    ("ask", "status"),
    [
        (get("/page"), 200),
        (thread, 200),
        (get("/thread", captcha="lazy"), 200),
        (post(author="", email="x", comment="", url=":", captcha=""), 422),
        (post(captcha="99"), 422),
        (post(captcha=None, captcha_token=None), 422),
        (post(comment_parent="77"), 403),
        (twice, 409),
        (held, 200),
        (preview, 200),
        (own, 200),
        (get("/own", preview="x"), 404),
        (from_wordpress, 422),
        (get("/mail/confirm", token="x"), 404),
        (get("/mail/unsubscribe", token="x"), 404),
        (get("/nowhere"), 404),
        (lambda reader: reader.client.put("/comments", headers=CHINESE), 405),
    ],
)
def test_nothing_is_left_in_english(reader: Reader, ask: Ask, status: int) -> None:
    answer = ask(reader)
    assert answer.status_code == status
    assert 'lang="zh-Hans"' in answer.text
    assert [each for each in Words(answer.text).said if WORD.search(SAME_EVERYWHERE.sub("", each))] == []


def test_a_word_of_english_would_be_noticed() -> None:
    said = Words(
        '<p data-failed="Not sent." aria-label="回复"><input type=submit value="Send">好</p><script>no</script>'
    ).said
    assert [each for each in said if WORD.search(each)] == ["Not sent.", "Send"]
