"""The request for each kind of receiver, as its makers describe it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from db.models import Status
from service.comment_row import CommentRow
from service.webhooks.compose_message import MessageContent
from service.webhooks.site_webhooks import BadWebhook, Event, Kind, SiteWebhook, Wanted, refuse_bad
from service.webhooks.webhook_requests import Request, request_for, sign
from tests.rows import each_row

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def request(kind: Kind, url: str = "https://there.example/hook", event: str = Event.APPROVED, **more: Any) -> Request:
    hook = SiteWebhook(1, 7, kind, url, (), "whsec_c2VjcmV0c2VjcmV0c2VjcmV0", "", "", False, AT, None)
    for name in ("token", "room"):
        object.__setattr__(hook, name, more.pop(name, ""))
    row: dict[str, Any] = {"id": 5, "author": "Ada <!channel> @everyone", "url": ""}
    page = {"page_url": "https://blog.example/roses", "page_key": "/roses", "page_title": "Roses"}
    rest = {
        "site_id": 1,
        "page_id": 3,
        "parent_id": None,
        "status": Status.APPROVED,
        "email": "a@b.example",
        "text": "One\n\n*two* & 3",
    }
    comment = CommentRow(**row | page | rest | more, format="markdown", created_at=AT, source="")
    news = MessageContent("msg_9", event, AT, "https://blog.example", "https://comments.example/admin", 5, comment)
    return request_for(hook, news, 1764000000)


def body(of: Request) -> Any:
    return json.loads(of.body)


def test_the_signature_of_the_standards_own_example() -> None:
    signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_slack_gets_no_mention_and_no_markup_of_a_reader() -> None:
    text = body(request(Kind.SLACK))["text"]
    assert "Ada &lt;!channel&gt; @everyone" in text
    assert "https://blog.example/roses#comment-5" in text


def test_discord_mentions_nobody() -> None:
    sent = body(request(Kind.DISCORD))
    assert sent["allowed_mentions"] == {"parse": []}
    assert r"\*two\*" in sent["content"]
    longest = {"text": "*" * 9000, "author": "*" * 245, "page_title": "*" * 300}
    for length in (700, 1999):
        sent = body(request(Kind.DISCORD, page_url="https://blog.example/" + "a" * length, **longest))
        assert 1000 < len(sent["content"]) <= 2000


def test_telegram_gets_plain_text_for_its_chat() -> None:
    sent = body(request(Kind.TELEGRAM, "https://api.telegram.org/bot1:x/sendMessage", room="-100"))
    assert (sent["chat_id"], "parse_mode" in sent) == ("-100", False)


def test_ntfy_gets_its_topic_at_the_root() -> None:
    sent = request(Kind.NTFY, "https://ntfy.example/blog", token="tk")
    assert (sent.url, body(sent)["topic"]) == ("https://ntfy.example/", "blog")
    assert body(sent)["click"] == "https://blog.example/roses#comment-5"
    assert sent.headers["Authorization"] == "Bearer tk"


def test_matrix_gets_the_same_transaction_at_each_attempt() -> None:
    sent = request(Kind.MATRIX, "https://matrix.example", room="!r:matrix.example", token="tk")
    path = "/_matrix/client/v3/rooms/%21r%3Amatrix.example/send/m.room.message/msg_9"
    assert (sent.method, sent.url) == ("PUT", "https://matrix.example" + path)
    assert body(sent)["msgtype"] == "m.notice"


def test_github_gets_an_event_of_a_repository() -> None:
    sent = body(request(Kind.GITHUB, "https://api.github.com/repos/a/b/dispatches", event="site.changed", token="tk"))
    assert sent == {"event_type": "comments", "client_payload": {"site": "https://blog.example"}}


@each_row("kind", [kind for kind in Kind if kind is not Kind.STANDARD])
@each_row("status", [Status.TRASH, Status.APPROVED])
def test_only_programs_may_get_an_email_address_and_nobody_gets_the_words_of_trash(kind: Kind, status: Status) -> None:
    sent = request(kind, "https://there.example/topic", room="r", token="t", status=status)
    assert b"a@b.example" not in sent.body
    if status is Status.TRASH:
        assert b"two" not in sent.body
        assert b"Ada" not in sent.body


def test_what_waits_leads_to_the_moderators_list() -> None:
    assert "https://comments.example/admin" in body(request(Kind.SLACK, status=Status.PENDING))["text"]


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (Wanted(Kind.STANDARD, "ftp://a.example"), "must be complete"),
        (Wanted(Kind.STANDARD, "https://a.example/a b"), "must be complete"),
        (Wanted(Kind.GITHUB, "https://github.com/a/b", token="t"), "looks like"),
        (Wanted(Kind.GITHUB, "https://api.github.com/repos/a/b/dispatches"), "needs --token"),
        (Wanted(Kind.MATRIX, "https://matrix.example"), "--room and --token"),
        (Wanted(Kind.BUILD, "https://a.example", [Event.SPAM]), "has no events"),
        (Wanted(Kind.SLACK, "https://a.example", with_email=True), "kind standard can"),
        (Wanted(Kind.STANDARD, "https://a.example", token="a\r\nb: c"), "printable"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(wanted: Wanted, why: str) -> None:
    with pytest.raises(BadWebhook, match=why):
        refuse_bad(wanted)
