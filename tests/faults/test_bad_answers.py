"""Thousands of tokens and answers that are wrong in every way: none is accepted, none breaks anything.

``BAD_ANSWERS=100000`` tries as many.
"""

import asyncio
import os
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import sqlalchemy
from starlette.types import ASGIApp

from db import tables
from service.app import create_app
from service.captcha import AnswerOutcome, Captcha
from service.secret_keys import Keyring
from service.settings import Settings
from service.web.context import AppContext, Request
from service.web.http.concurrency_limit import Admission
from service.web.http.request_body import read_fields
from service.web.http.unreadable_body import UnreadableBody
from tests.faults.bad_answers import PAGE_KEY, SITE_ID, BadAnswers, Pairs
from tests.reader import ARTICLE

JUDGED = int(os.environ.get("BAD_ANSWERS", "10000"))
POSTED, AT_ONCE = JUDGED // 20, 16
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "tests may know this one, readers not: 7f2k9q"
ADMITS = SimpleNamespace(admission=Admission())
"""All that the parser wants of the service."""


def body_of(pairs: Pairs) -> bytes:
    return urlencode(pairs, errors="surrogatepass").encode()


def request_of(body: bytes, **scope: Any) -> tuple[dict[str, Any], Any]:
    """A POST of a form, as the server hands it over."""
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"host", b"comments.test")]
    sent = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> dict[str, Any]:
        return next(sent, {"type": "http.disconnect"})

    request = {"type": "http", "method": "POST", "path": "/comments", "query_string": b"", "scheme": "http"}
    return request | {
        "headers": headers,
        "client": ("192.0.2.1", 5000),
        "server": ("comments.test", 80),
    } | scope, receive


async def outcome(captcha: Captcha, pairs: Pairs) -> str:
    """What the parser and the judge say."""
    try:
        fields = await read_fields(Request(*request_of(body_of(pairs), state={"context": ADMITS})))
    except UnreadableBody:
        return "unreadable"
    return captcha.judge(fields.get("captcha_token", ""), fields.get("captcha", ""), SITE_ID, PAGE_KEY, NOW).outcome


def test_the_judge_accepts_none() -> None:
    captcha = Captcha(Keyring((SECRET,)))
    answers = BadAnswers(captcha, NOW, seed=1)

    async def judge_all() -> Counter[str]:
        return Counter([await outcome(captcha, answers.draw()) for _ in range(JUDGED)])

    outcomes = asyncio.run(judge_all())
    assert outcomes[AnswerOutcome.RIGHT] == 0
    assert set(outcomes) == {*AnswerOutcome, "unreadable"} - {AnswerOutcome.RIGHT}, "the draws leave something out"


async def status_of(app: ASGIApp, state: Any, pairs: Pairs) -> int:
    """Send a whole form. An exception in the service is raised here."""
    typed = {"page": ARTICLE, "comment": "Let me in.", "author": "Ada", "email": "ada@example.org"}
    statuses = []

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if message["type"] == "http.response.start" else [])

    scope, receive = request_of(body_of([*typed.items(), *pairs]), state=dict(state))
    await app(scope, receive, send)
    return int(statuses[0])


async def post_all(settings: Settings, seed: int) -> tuple[Counter[int], AppContext]:
    app = create_app(settings, lambda: NOW)
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        context: AppContext = state["context"]
        draws = iter(BadAnswers(context.captcha, NOW, seed).draw, None)
        attempts = islice(draws, POSTED)

        async def post_some() -> list[int]:
            return [await status_of(app, state, pairs) for pairs in attempts]

        posted = await asyncio.gather(*(post_some() for _ in range(AT_ONCE)))
    return Counter(status for statuses in posted for status in statuses), context


def test_the_service_takes_none(tmp_path: Path) -> None:
    settings = Settings(
        data=tmp_path, sites=("https://blog.example",), demo=False, rate_post="0/minute", rate_question="0/minute"
    )
    statuses, context = asyncio.run(post_all(settings, seed=2))
    assert set(statuses) == {400, 422}
    assert statuses.total() == POSTED
    engine = sqlalchemy.create_engine(context.settings.database)
    with engine.connect() as connection:
        assert connection.execute(tables.comment.select()).all() == []
    engine.dispose()
