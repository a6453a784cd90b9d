"""Clients that post different comments, each until it is taken, and note what was acknowledged."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event, Lock

import httpx2

from tests.reader import ARTICLE, Reader
from tests.service_process import PATIENCE, ServiceProcess, wait_for

CLIENTS = 8
PAUSE = 0.03
"""Seconds between two posts of a client: eight without pauses would take the processor from what is tested."""

SETTINGS = {"REPLY_DEMO": "1", "REPLY_RATE_SITE": "0/minute", "REPLY_RATE_QUESTION": "0/minute"}
"""All clients come from one address."""


class Storm:
    """``acknowledged``: text → the comment's id. ``refused``: answers that said to try again."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, int] = {}
        self.refused: list[httpx2.Response] = []
        self._numbers = count()
        self._lock = Lock()
        self._over = Event()

    def wait_for(self, acknowledgements: int) -> None:
        """Wait for this many more acknowledged posts."""
        aim = len(self.acknowledged) + acknowledgements
        wait_for(lambda: len(self.acknowledged) >= aim, "no posts were acknowledged")

    def refused_more_than(self, number: int) -> bool:
        """Whether more answers than these said to try again."""
        return len(self.refused) > number

    def blow(self, service: ServiceProcess, acknowledgements: int) -> None:
        """Kill the service after about this many more acknowledged posts."""
        with self.blowing(service):
            self.wait_for(acknowledgements)
            self.cut_off(service)

    def cut_off(self, service: ServiceProcess) -> None:
        """Kill the service in the middle of posts."""
        self._over.set()
        service.kill()

    @contextmanager
    def blowing(self, service: ServiceProcess) -> Iterator[None]:
        """Clients post until the block ends, or the service does."""
        self._over.clear()
        with ThreadPoolExecutor(CLIENTS) as threads:
            clients = [threads.submit(self._post_on, service) for _ in range(CLIENTS)]
            try:
                yield
            finally:
                self._over.set()
            for client in clients:
                client.result(PATIENCE)

    def _post_on(self, service: ServiceProcess) -> None:
        with service.client() as client:
            reader = Reader(client)
            while not self._over.wait(PAUSE):
                try:
                    self._post(reader)
                except httpx2.TransportError:
                    if not self._over.is_set():
                        raise

    def _post(self, reader: Reader) -> None:
        with self._lock:
            text = f"Thought {next(self._numbers)}"
        answer = self._until_taken(lambda: reader.client.get("/captcha", params={"page": ARTICLE}))
        if answer.status_code == 200:
            email = f"{text.split()[1]}@example.org"
            form = reader.fields(question=answer.json(), comment=text, email=email, author=text)
            answer = self._until_taken(lambda: reader.send(form))  # may have been taken though the answer was 503
        if answer.status_code == 503:
            return
        assert answer.status_code == 303, answer.text
        self.acknowledged[text] = int(re.findall(r"#comment-(\d+)$", answer.headers["location"])[0])

    def _until_taken(self, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
        """Retry when asked to, until the storm is over."""
        while (answer := ask()).status_code == 503:
            self.refused.append(answer)
            if self._over.wait(0.05):
                break
        return answer
