"""``kill -9`` in the middle of posts: what was acknowledged is there, once, and the service starts again by itself."""

import random
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from threading import Lock

import httpx2

from tests.reader import Reader
from tests.service_process import ServiceProcess, serving, wait_for

ROUNDS, CLIENTS = 20, 8


class Storm:
    """Clients that post different comments until the service is gone, and note what was acknowledged."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}  # text → the comment's id
        self._numbers = count()
        self._lock = Lock()

    def blow(self, service: ServiceProcess, acknowledgements: int) -> None:
        """Kill the service once about so many more posts were acknowledged."""
        aim = len(self.acknowledged) + acknowledgements
        with ThreadPoolExecutor(CLIENTS) as threads:
            clients = [threads.submit(self._post_until_gone, service) for _ in range(CLIENTS)]
            wait_for(lambda: len(self.acknowledged) >= aim, "no posts were acknowledged")
            service.kill()
            for client in clients:
                client.result(30)

    def _post_until_gone(self, service: ServiceProcess) -> None:
        with service.client() as client:
            reader = Reader(client)
            try:
                while True:
                    self._post(reader)
            except httpx2.TransportError:
                return

    def _post(self, reader: Reader) -> None:
        with self._lock:
            text = f"Thought {next(self._numbers)}"
        answer = reader.post(comment=text, email=f"{text.split()[1]}@example.org", author=text)
        assert answer.status_code == 303, answer.text
        self.acknowledged[text] = int(answer.headers["location"].rpartition("#comment-")[2])


def test_what_was_acknowledged_survives_20_kills(tmp_path: Path) -> None:
    chance, storm = random.Random(1), Storm()
    for _ in range(ROUNDS):
        with serving(tmp_path, REPLY_DEMO="1") as [service]:
            storm.blow(service, chance.randrange(2, 30))
            assert not re.search(r"Traceback|corrupt|malformed", service.log)
    with serving(tmp_path) as [service], service.client() as client:
        assert Reader(client).post(comment="Still here").status_code == 303
    with closing(sqlite3.connect(tmp_path / "comments.db")) as store:
        stored = store.execute("SELECT text, id FROM comment WHERE text LIKE 'Thought %'").fetchall()
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("SELECT count(*) FROM spent").fetchone() == (len(stored) + 1,)
    assert len(dict(stored)) == len(stored), "a comment is there twice"
    assert storm.acknowledged.items() <= dict(stored).items()
    assert len(storm.acknowledged) > ROUNDS
