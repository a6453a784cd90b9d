"""One pass, question or proof, many times at once, on two processes with one store: one acceptance."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from db.engine import migrate, open_engine
from service import sites
from service.sites import AddedSite
from tests.conftest import PUBLIC_URL
from tests.protocols.siteverify.conftest import SHOP, Backend, Visitor
from tests.protocols.siteverify.test_proof import challenge, encoded, work
from tests.protocols.siteverify.test_proof import codes as codes_of_proof
from tests.reader import solve
from tests.service_process import PATIENCE, ServiceProcess, serving

TIMES = 32
TAILS = ("", "=", "\n", "!")
"""What is put behind a token: each is another spelling of it, or no token at all."""


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty store, on each database in turn."""
    return str(request.getfixturevalue(request.param))


def registered(database_url: str) -> AddedSite:
    """The shop, in a store that no service has opened yet."""
    engine = open_engine(database_url)
    migrate(engine)
    with engine.begin() as connection:
        site = sites.register(connection, SHOP, datetime.now(UTC))
    engine.dispose()
    assert site
    return site


def at_once(services: list[ServiceProcess], job: Callable[[Any, int], Any]) -> list[Any]:
    """Run it in many threads at the same moment, with clients of the services in turn.

    Each spelling comes from a network of its own: who sends a token that is none is asked harder questions, and an
    easier one that this network has got before is then neither right nor wrong.
    """
    start = Barrier(TIMES)

    def run(number: int) -> Any:
        with services[number // len(TAILS) % len(services)].client() as client:
            client.headers["x-forwarded-for"] = f"198.51.{number % len(TAILS)}.7"
            start.wait(PATIENCE)
            return job(client, number)

    with ThreadPoolExecutor(TIMES) as threads:
        return list(threads.map(run, range(TIMES)))


def respelt(proof: str, number: int) -> str:
    """The same proof with other white space and another remark."""
    return encoded(json.loads(base64.b64decode(proof)) | {"number": number})


def test_one_pass_one_question_and_one_proof_are_accepted_once_on_two_processes(
    tmp_path: Path, database_url: str
) -> None:
    site = registered(database_url)
    settings = {
        "REPLY_DATABASE_URL": database_url,
        "REPLY_PUBLIC_URL": PUBLIC_URL,
        "REPLY_TRUSTED_PROXIES": "127.0.0.0/8",
    }
    with serving(tmp_path, 2, **settings) as services:
        with services[0].client() as client, services[1].client() as other:
            token, retried = Visitor(client, site).solve(), Visitor(client, site).solve()
            key = {"idempotency_key": "5c1f0a3e-9d8b-4c65-8a0f-000000000001"}
            assert Backend(client, site).codes(retried, **key) == Backend(other, site).codes(retried, **key) == []
            assert Backend(other, site).codes(retried) == ["timeout-or-duplicate"]
            question = Visitor(client, site).question().json()
            proof = encoded(work(challenge(Visitor(client, site))))
        right = solve(question["question"])
        codes = at_once(services, lambda client, n: Backend(client, site).codes(token + TAILS[n % len(TAILS)]))
        proofs = at_once(services, lambda client, n: codes_of_proof(Backend(client, site), respelt(proof, n)))
        tokens = [question["token"] + tail for tail in TAILS]
        answers = at_once(services, lambda client, n: Visitor(client, site).answer(tokens[n % len(TAILS)], right))
    assert codes.count([]) == proofs.count([]) == 1
    assert proofs.count(["timeout-or-duplicate"]) == TIMES - 1
    assert {tuple(each) for each in codes} <= {(), ("timeout-or-duplicate",), ("invalid-input-response",)}
    assert [answer.status_code for answer in answers].count(200) == 1
