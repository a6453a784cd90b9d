"""Which pages may post with a reader's authority, by the headers that browsers send."""

import html
import re

import pytest

from service.sites import register
from service.web.context import AppContext
from tests.conftest import PUBLIC_URL
from tests.reader import Reader, hidden_fields

NULL = {"origin": "null"}
FOREIGN = {**NULL, "sec-fetch-site": "cross-site"}
TYPED = {"comment": "Typed at length & not to be lost.", "author": "Ada", "email": "ada@example.org"}


def stored(context: AppContext) -> int:
    return sum(context.metrics.comments.values())


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="a program"),
        pytest.param(
            {"sec-fetch-site": "same-origin", "origin": PUBLIC_URL, "sec-fetch-mode": "cors"}, id="our script"
        ),
        pytest.param(
            {"sec-fetch-site": "same-origin", **NULL, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            id="a form on a page of ours with no-referrer",
        ),
        pytest.param({"origin": PUBLIC_URL}, id="our page, in a browser that says no more"),
        pytest.param({"origin": "https://blog.example"}, id="a registered page, in such a browser"),
        pytest.param(
            {"sec-fetch-site": "cross-site", "origin": "https://blog.example", "sec-fetch-mode": "cors"},
            id="embed.js on a registered page",
        ),
        pytest.param(
            {"sec-fetch-site": "same-site", "origin": "https://blog.example", "sec-fetch-mode": "navigate"},
            id="an included form on a registered page",
        ),
    ],
)
def test_who_may_post(reader: Reader, context: AppContext, headers: dict[str, str]) -> None:
    assert reader.send(reader.fields(), headers=headers).status_code == 303
    assert stored(context) == 1


@pytest.mark.parametrize("mode", ["no-cors", "cors", "same-origin", "websocket"])
@pytest.mark.parametrize("headers", [FOREIGN, NULL, {"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}])
def test_a_script_that_has_no_origin_is_refused_with_a_sentence(
    reader: Reader, context: AppContext, headers: dict[str, str], mode: str
) -> None:
    for fields in (reader.fields(), reader.fields(captcha_token=None)):
        answer = reader.send(fields, headers={**headers, "sec-fetch-mode": mode, "sec-fetch-dest": "empty"})
        assert answer.status_code == 403
        assert "A script may post from the pages of registered sites only." in answer.text
    assert stored(context) == 0


def test_json_is_for_scripts_in_old_browsers_too(reader: Reader, context: AppContext) -> None:
    answer = reader.send(reader.fields(), headers=NULL, json=True)
    assert (answer.status_code, stored(context)) == (403, 0)
    assert answer.json()["error"] == "A script may post from the pages of registered sites only."


FOREIGN_ORIGINS = (
    "https://evil.example",
    "https://blog.example.evil.example",
    "https://BLOG.EXAMPLE.evil.example",
    "https://evil.example/https://blog.example",
    "https://evil.example?https://blog.example",
    "https://evil.example#https://blog.example",
    "https://blog.example@evil.example",
    "https://blog.example%00.evil.example",
    "https://blog.example, https://evil.example",
    "https://sub.blog.example",
    "https://blog.example:444",
    "https://blog-example",
    "http://sub.blog.example",
    "http://comments.test.evil.example",
    "https://xn--blg-sna.example",
    "https://127.0.0.1",
    "https://[::1]",
    "https://",
    "blog.example",
    "null.example",
    "file://",
    "data:,x",
    "blob:https://evil.example/1",
    "chrome-extension://abcdefghijklmnop",
)


@pytest.mark.parametrize("site", [{}, {"sec-fetch-site": "cross-site"}])
def test_an_unregistered_page_is_refused(reader: Reader, context: AppContext, site: dict[str, str]) -> None:
    for origin in FOREIGN_ORIGINS:
        answer = reader.send(reader.fields(), headers={"origin": origin, **site})
        assert answer.status_code in (400, 403), origin
        assert "Traceback" not in answer.text
    assert stored(context) == 0


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({**FOREIGN, "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, id="a sandboxed frame"),
        pytest.param({**FOREIGN, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, id="a whole window"),
        pytest.param(NULL, id="a browser that says no more"),
    ],
)
@pytest.mark.parametrize("path", ["/comments", "/wp-comments-post.php"])
def test_a_form_whose_page_is_hidden_is_sent_from_our_own_page_instead(
    reader: Reader, context: AppContext, headers: dict[str, str], path: str
) -> None:
    fields = reader.fields(**TYPED)
    step = reader.client.post(path, data=fields, headers={**headers, "accept": "text/html"})
    assert (step.status_code, stored(context)) == (403, 0)
    assert "One more step" in step.text
    assert "Everything you typed is still here." in step.text
    assert "frame-ancestors 'none'" in step.headers["content-security-policy"]
    [text] = re.findall(r'<textarea id="comment"[^>]*>\n?([^<]*)<', step.text)
    assert html.unescape(text) == TYPED["comment"]
    [answer] = re.findall(r'<input id="captcha"[^>]*? value="([^"]*)"', step.text)
    sent = {**TYPED, **hidden_fields(step.text), "captcha": answer}
    assert reader.send(sent, headers={"origin": PUBLIC_URL, "sec-fetch-site": "same-origin"}).status_code == 303
    assert stored(context) == 1


def test_a_hidden_page_can_make_no_question_harder_for_a_reader(reader: Reader) -> None:
    for _ in range(12):
        fields = reader.fields(captcha_token="forged")
        assert reader.send(fields, headers={**FOREIGN, "sec-fetch-mode": "navigate"}).status_code == 403
    assert re.fullmatch(r"\d+ [+−×] \d+ =", reader.question()["question"])


def test_a_plain_form_on_a_page_with_no_referrer_gets_its_question(reader: Reader) -> None:
    fields = reader.fields(captcha_token=None, captcha=None, **TYPED)
    headers = {**FOREIGN, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    step = reader.send(fields, headers=headers)
    assert step.status_code == 422
    assert "One more step" in step.text


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://blog.example", 303),
        ("http://www.blog.example:8080", 303),
        ("http://localhost:1313", 303),
        ("https://shop.example", 403),
        ("https://blog.example.shop.example", 403),
    ],
)
def test_a_registered_page_posts_to_its_own_site_only(
    reader: Reader, context: AppContext, origin: str, status: int
) -> None:
    context.writer.run(register, origin, context.clock())
    context._sites_read_at = float("-inf")
    answer = reader.send(reader.fields(), headers={"sec-fetch-site": "cross-site", "origin": origin})
    assert answer.status_code == status
    assert stored(context) == (status == 303)
    if status == 403:
        assert f"A page of {origin} cannot post to https://blog.example" in answer.text.replace("&#8203;", "")
