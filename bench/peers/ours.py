"""Leave a Reply itself, in the same shape, with its captcha and its whole spam check."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench import made_up_store, sample_requests
from bench.peers import peer_tools
from bench.peers.peer import Peer, Running
from bench.process_tree import Tree
from bench.servers import SERVICE, running
from service.version import VERSION

_THREAD = "/thread?title=An+article&jsonld=no"


class Ours(Peer):
    """One worker."""

    name = "Leave a Reply"
    accepted = 303
    note = (
        "uvicorn with one worker; rate limits off, captcha and spam check on; a thread brings the form with a fresh "
        "question. SQLite, synchronous=FULL: durable."
    )
    form = sample_requests.at_page("/form")

    def install(self) -> str:
        """It is here."""
        return VERSION

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """Into its SQLite."""
        made_up_store.fill(folder, sizes)

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """The service."""
        with running(SERVICE, folder) as server:
            yield Running(server.port, Tree(server.pid))

    def thread(self, number: int) -> bytes:
        """As its script asks."""
        return sample_requests.at_page(_THREAD, number)

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """Each with the right answer to a question of its own."""
        return sample_requests.prepare_posts(running, numbers.start, len(numbers), pages, first_page=1)

    def count(self, folder: Path, running: Running) -> int:
        """All comments."""
        with closing(sqlite3.connect(folder / "comments.db")) as database:
            return int(database.execute("SELECT count(*) FROM comment").fetchone()[0])

    def first_view(self, running: Running) -> list[int]:
        """Its script, which brings the styles, and the comments with the form."""
        paths = ["/embed.js", sample_requests.path_at_page(_THREAD)]
        return [len(peer_tools.fetch(running.port, path)) for path in paths]
