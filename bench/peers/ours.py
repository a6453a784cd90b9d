"""Leave a Reply itself, in the same shape, with its captcha and its whole spam check."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench import load, store
from bench.peers import tools
from bench.peers.peer import Peer, Running
from bench.servers import SERVICE, running
from bench.tree import Tree
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
    form = load.at_page("/form")

    def install(self) -> str:
        """It is here."""
        return VERSION

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """Into its SQLite."""
        store.fill(folder, sizes)

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """The service."""
        with running(SERVICE, folder) as server:
            yield Running(server.port, Tree(server.pid))

    def thread(self, number: int) -> bytes:
        """As its script asks."""
        return load.at_page(_THREAD, number)

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """Each with the right answer to a question of its own."""
        return load.prepare_posts(running, numbers.start, len(numbers), pages, first_page=1)

    def count(self, folder: Path, running: Running) -> int:
        """All comments."""
        with closing(sqlite3.connect(folder / "comments.db")) as database:
            return int(database.execute("SELECT count(*) FROM comment").fetchone()[0])

    def first_view(self, running: Running) -> list[int]:
        """Its script, which brings the styles, and the comments with the form."""
        paths = ["/embed.js", load.path_at_page(_THREAD)]
        return [len(tools.fetch(running.port, path)) for path in paths]
