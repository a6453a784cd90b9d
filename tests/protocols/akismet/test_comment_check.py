"""``comment-check``: true, false, and the words for everything else."""

import re
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from service.spam import look_up_and_judge as spam_check
from service.web.context import AppContext
from tests.conftest import Clock
from tests.protocols.akismet.conftest import HONEST, SPAM, Blog

NAMES = [
    "api_key", "blog", "user_ip", "user_agent", "permalink", "comment_author", "comment_author_email", "blog_lang",
    "comment_author_url", "comment_content", "honeypot_field_name", "is_test", "user_role", "POST_ak_js", "guid",
]  # fmt: skip


def test_an_honest_comment_is_ham(blog: Blog) -> None:
    answer = blog.check()
    assert answer.text == "false"
    assert answer.headers["content-type"].startswith("text/plain")
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-akismet-guid"])
    assert {name for name in answer.headers if name.startswith("x-akismet")} == {"x-akismet-guid"}


def test_spam_is_spam_and_the_worst_may_be_thrown_away(blog: Blog) -> None:
    mild = blog.check(author="x", comment_author="Cheap Pills", comment_content=SPAM[:160])
    worst = blog.check(SPAM, comment_author="casino-bonus.example.com", POST_ak_hp_textarea="x")
    assert (mild.text, worst.text) == ("true", "true")
    assert "x-akismet-pro-tip" not in mild.headers
    assert worst.headers["x-akismet-pro-tip"] == "discard"


@pytest.mark.parametrize("name", ["viagra-test-123", "akismet-guaranteed-spam"])
def test_names_to_test_with_are_spam(blog: Blog, name: str) -> None:
    assert blog.check(comment_author=name).text == "true"


def test_an_email_address_to_test_with_is_spam(blog: Blog) -> None:
    assert blog.check(comment_author_email="akismet-guaranteed-spam@example.com").text == "true"


@pytest.mark.parametrize("role", ["administrator", "Administrator", "editor, administrator"])
def test_an_administrator_is_ham(blog: Blog, role: str) -> None:
    assert blog.check(SPAM, user_role=role).text == "false"
    assert blog.check(SPAM, user_role="subscriber").text == "true"


@pytest.mark.parametrize("place", ["api_key", "key", "host", "query"])
def test_the_key_may_stand_in_four_places(blog: Blog, place: str) -> None:
    fields, key = blog.comment(), blog.site.check_key
    del fields["api_key"]
    if place == "host":
        answer = blog.call("comment-check", fields, host=f"{key}.rest.akismet.com:8080")
    elif place == "query":
        answer = blog.client.post(f"/1.1/comment-check?api_key={key}", data=fields)
    else:
        answer = blog.call("comment-check", fields | {place: key}, host="rest.akismet.com")
    assert answer.text == "false"


@pytest.mark.parametrize("key", ["", "000000000000", "a'b\"c;--", "ключ", "x" * 300])
def test_a_key_that_is_none_is_invalid(blog: Blog, key: str) -> None:
    answer = blog.check(api_key=key)
    assert answer.text == "invalid"
    assert answer.headers["x-akismet-debug-help"]


@pytest.mark.parametrize(
    ("call", "name"),
    [("comment-check", "blog"), ("comment-check", "user_ip"), ("submit-spam", "blog"), ("submit-ham", "blog")],
)
def test_a_field_that_must_be_there_is_named(blog: Blog, call: str, name: str) -> None:
    answer = blog.call(call, blog.comment(**{name: ""}))
    assert answer.text == f"Missing required field: {name}."
    assert answer.headers["x-akismet-debug-help"] == f'Empty "{name}" value'


def test_a_multipart_form_is_read_too(blog: Blog) -> None:
    files = {name: (None, value) for name, value in blog.comment().items()}
    assert blog.client.post("/1.1/comment-check", files=files).text == "false"


def test_what_wordpress_sends_is_read(blog: Blog) -> None:
    """HTTP/1.0's Host, the charset behind the type, lists, the form's fields and the reader's headers."""
    fields = blog.comment(
        is_test="False",
        blog_lang="en_US, de_DE",
        blog_charset="UTF-8",
        POST_comment_post_ID="7",
        HTTP_ACCEPT="*/*",
        REMOTE_ADDR="192.0.2.7",
    )
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    content = urlencode([*fields.items(), ("comment_context[]", "a"), ("comment_context[]", "b")])
    headers = {"content-type": kind, "host": "rest.akismet.com"}
    answer = blog.client.post("/1.1/comment-check", content=content, headers=headers)
    assert answer.text == "false"


@pytest.mark.parametrize("content", [b"comment_content=caf%E9", "comment_content=café".encode("latin-1"), b"a%00=%00"])
def test_other_charsets_and_nuls_are_no_reason_to_fail(blog: Blog, content: bytes) -> None:
    content += f"&api_key={blog.site.check_key}&blog=https://shop.example&user_ip=192.0.2.7".encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    assert blog.client.post("/1.1/comment-check", content=content, headers=kind).text in ("true", "false")


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a=" + b"x" * 300_000, "That is too large."), (b"a=1&" * 700, "A form may have at most 600")],
)
def test_too_much_is_neither_true_nor_false(blog: Blog, content: bytes, said: str) -> None:
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = blog.client.post("/1.1/comment-check", content=content, headers=kind)
    assert answer.status_code == 200
    assert answer.headers["x-akismet-debug-help"] == answer.text
    assert answer.text.startswith(said)


@pytest.mark.parametrize("fields", [{"POST_ak_hp_textarea": "x"}, {"honeypot_field_name": "trap", "trap": "x"}])
def test_a_filled_honeypot_is_spam(blog: Blog, fields: dict[str, str]) -> None:
    assert blog.check(**fields).text == "true"


def test_what_the_form_script_saw_counts(blog: Blog, clock: Clock) -> None:
    began = str(int((clock().timestamp() - 1) * 1000))
    hasty = {"POST_ak_hp_textarea": "", "POST_ak_js": began, "POST_ak_bkpc": "0", "POST_ak_bmcc": "0"}
    calm = {"POST_ak_hp_textarea": "", "POST_ak_js": str(int(began) - 60_000), "POST_ak_bkpc": "90"}
    assert [blog.check(**each).text for each in (calm, hasty)] == ["false", "true"]


def test_a_form_without_its_script_is_a_little_suspicious_only(blog: Blog) -> None:
    assert blog.check(POST_ak_hp_textarea="", POST_ak_js="137").text == "false"


def test_a_check_that_fails_is_neither_true_nor_false(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_sample: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("service.spam.evidence.score", broken)
    monkeypatch.setattr(spam_check.log, "exception", lambda *_args, **_more: None)
    answer = blog.check()
    assert answer.text == "A part of the check failed. Please hold the comment and ask again."
    assert answer.headers["x-akismet-error"] == "true"
    assert blog.usage() == 0


def test_a_database_that_is_away_is_neither_true_nor_false(
    blog: Blog, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **_more: object) -> None:
        raise OperationalError("", {}, Exception("locked"))

    monkeypatch.setattr(context, "read", away)
    answer = blog.check()
    assert answer.text.startswith("The service cannot answer right now.")
    assert answer.headers["retry-after"] == "30"


def test_a_call_that_reads_is_refused(client: TestClient) -> None:
    assert client.get("/1.1/comment-check").status_code == 405


@given(fields=st.dictionaries(st.sampled_from(NAMES), st.text(st.characters(exclude_categories=["Cs"]))))
def test_nothing_that_a_commenter_types_makes_it_fail(blog: Blog, fields: dict[str, str]) -> None:
    for call in ("comment-check", "submit-spam"):
        answer = blog.call(call, blog.comment() | fields)
        assert answer.text


def test_a_test_is_not_counted(blog: Blog) -> None:
    blog.check(is_test="1")
    blog.check(is_test="true")
    assert blog.usage() == 0
    blog.check(is_test="False")
    assert blog.usage() == 1


LONG = "My grandmother used rye instead of wheat, and never told anybody how long it had to rest in the cellar."


def test_the_fifth_of_nearly_the_same_is_spam(blog: Blog) -> None:
    answers = [blog.check(f"{LONG} {n}", comment_author_email=f"{n}@example.org").text for n in range(6)]
    assert answers == ["false"] * 4 + ["true"] * 2


@pytest.mark.parametrize("more", [{"is_test": "1"}, {"recheck_reason": "recheck_queue"}])
def test_who_asks_again_and_again_about_one_comment_is_no_flood(blog: Blog, more: dict[str, str]) -> None:
    assert [blog.check(LONG, **(more if n else {})).text for n in range(8)] == ["false"] * 8
    assert [blog.check(LONG).text for _ in range(4)] == ["false"] * 3 + ["true"]


def test_the_same_comment_gets_an_id_of_its_own_each_time(blog: Blog) -> None:
    assert blog.check(HONEST).headers["x-akismet-guid"] != blog.check(HONEST).headers["x-akismet-guid"]


@pytest.mark.parametrize("mark", ["~~~", "```", "`"])
def test_marks_of_our_markdown_hide_nothing_from_a_foreign_form(blog: Blog, mark: str) -> None:
    """WordPress shows a comment's HTML, and knows no code in back-ticks or tildes."""
    assert blog.check(f"{LONG} <!--mfunc eval($_GET[1])--><!--/mfunc-->").text == "true"
    assert blog.check(f"{LONG} {mark}<!--mfunc eval($_GET[1])--><!--/mfunc-->{mark}").text == "true"
