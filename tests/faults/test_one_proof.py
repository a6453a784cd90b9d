"""One proof of work, in many spellings, for many comments at once, on two processes with one store: one comment."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from db.engine import migrate, open_engine
from service import sites
from service.spam import spam_settings_form
from tests.faults.test_one_token import post_at_once, stored
from tests.protocols.siteverify.test_proof import work
from tests.reader import ARTICLE, Reader, solve
from tests.service_process import serving

TIMES = 32


def ask_for_work(database_url: str) -> None:
    """Level 3 for everybody, before any service has opened the store."""
    engine = open_engine(database_url)
    migrate(engine)
    now = datetime.now(UTC)
    with engine.begin() as connection:
        sites.register(connection, ARTICLE.rpartition("/")[0], now)
        spam_settings_form.save_settings(connection, 1, {"level": [3, 3]}, now)
    engine.dispose()


def spelt(proof: dict[str, Any], number: int) -> str:
    """The same proof with other white space, another remark, and other letters for its signature."""
    found = json.loads(json.dumps(proof)) | {"remark": number}
    if number % 2:
        found["challenge"]["signature"] = found["challenge"]["signature"].upper()
        found["solution"]["derivedKey"] = found["solution"]["derivedKey"].upper()
    return base64.b64encode(json.dumps(found, indent=number % 3 or None).encode()).decode()


def test_a_proof_lets_one_comment_in_on_two_processes(tmp_path: Path, database_url: str) -> None:
    ask_for_work(database_url)
    with serving(tmp_path, 2, REPLY_DATABASE_URL=database_url) as services, services[0].client() as client:
        reader = Reader(client)
        questions = [reader.question() for _ in range(TIMES)]
        proof = work(json.loads(questions[0]["work"]))
        forms = [
            {
                "page": ARTICLE,
                "comment": f"Thought {number}",
                "author": f"Ada {number}",
                "email": f"ada{number}@example.org",
                "captcha": solve(question["question"]),
                "captcha_token": question["token"],
                "altcha": spelt(proof, number),
            }
            for number, question in enumerate(questions)
        ]
        answers = post_at_once(services, forms)
        assert len(stored(database_url)) == 1
    assert sorted(answer.status_code for answer in answers) == [303] + [422] * (TIMES - 1)
    assert all("used already" in answer.text for answer in answers if answer.status_code == 422)
