"""Whoever reads Chinese meets no word of English, except where an owner has something to put right.

A sentence that has no translation yet counts as translated here: what is looked for are those that never get one.
"""

from collections.abc import Callable
from typing import Any

import pytest

from service.language import language
from tests.pseudo_language import SAME_EVERYWHERE, WORD, StandIn, Words
from tests.reader import ARTICLE, Reader

CHINESE = {"accept": "text/html", "accept-language": "zh-CN"}
TYPED = {"comment": "很好。", "author": "李雷", "title": "一个标题"}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


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
