"""Isso, from PyPI into a virtual environment of its own, served by gunicorn as its container image does."""

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from bench import sample_requests
from bench.made_up_store import MadeUpComment, comments
from bench.peers import peer_tools
from bench.peers.peer import Peer, Running
from bench.process_tree import Tree
from bench.servers import SITE, free_port

_SETTINGS = f"""
[general]
dbpath = {{folder}}/comments.db
host = {SITE}
[guard]
enabled = false
"""
_COLUMNS = "tid, id, parent, created, mode, remote_addr, text, author, voters"


class Isso(Peer):
    """One gunicorn worker."""

    name = "Isso"
    accepted = 201
    note = "gunicorn with one worker; `[guard] enabled = false`. SQLite as Python opens it, synchronous=FULL: durable."

    @property
    def _python(self) -> str:
        return str(self.home / "bin" / "python")

    def install(self) -> str:
        """A virtual environment."""
        if not (self.home / "bin" / "gunicorn").exists():
            peer_tools.run([sys.executable, "-m", "venv", str(self.home)], Path.cwd())
            peer_tools.run([self._python, "-m", "pip", "install", "--quiet", "isso", "gunicorn"], self.home)
        return peer_tools.run([self._python, "-c", "import isso; print(isso.__version__)"], self.home).strip()

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """Into its SQLite, whose tables Isso makes itself."""
        settings = folder / "isso.cfg"
        settings.write_text(_SETTINGS.format(folder=folder))
        peer_tools.run([self._python, "-c", "import isso.run"], folder, ISSO_SETTINGS=str(settings))
        with closing(sqlite3.connect(folder / "comments.db")) as database, database:
            pages = [(number, _uri(number - 1), f"Article {number - 1}") for number in range(1, len(sizes) + 1)]
            database.executemany("INSERT INTO threads (id, uri, title) VALUES (?, ?, ?)", pages)
            marks = ", ".join("?" * len(_COLUMNS.split()))
            database.executemany(f"INSERT INTO comments ({_COLUMNS}) VALUES ({marks})", _rows(comments(sizes)))

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """Gunicorn."""
        port = free_port()
        command = [self._python, "-m", "gunicorn", "--preload", "--workers=1", f"--bind=127.0.0.1:{port}", "isso.run"]
        with peer_tools.started(command, folder, port, ISSO_SETTINGS=str(folder / "isso.cfg")) as pid:
            yield Running(port, Tree(pid))

    def thread(self, number: int) -> bytes:
        """As its script asks."""
        return sample_requests.get(_thread(number))

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """JSON. With a title, so that Isso need not fetch the article."""
        return [_post(number, 1 + number % pages) for number in numbers]

    def count(self, folder: Path, running: Running) -> int:
        """All comments."""
        with closing(sqlite3.connect(folder / "comments.db")) as database:
            return int(database.execute("SELECT count(*) FROM comments").fetchone()[0])

    def first_view(self, running: Running) -> list[int]:
        """Its script, its style, its configuration and the comments."""
        paths = ["/js/embed.min.js", "/css/isso.css", "/config", _thread(0)]
        return [len(peer_tools.fetch(running.port, path)) for path in paths]


def _uri(number: int) -> str:
    return f"/articles/{number}"


def _thread(number: int) -> str:
    return f"/?uri={quote(_uri(number), safe='')}&nested_limit=5&sort=oldest"


def _post(number: int, page: int) -> bytes:
    who = {"author": f"Reader {number}", "email": f"reader{number}@example.org", "website": ""}
    fields: dict[str, object] = {"text": sample_requests.text_of(number), "parent": None, "title": "An article", **who}
    return peer_tools.post(f"/new?uri={quote(_uri(page), safe='')}", fields, as_json=True, origin=SITE)


def _rows(made_up: Iterable[MadeUpComment]) -> Iterator[tuple[object, ...]]:
    """Isso knows one level of replies: what is deeper is hung below the first."""
    roots: dict[int, int] = {}
    for comment in made_up:
        above = comment.parent_id
        root = roots[comment.id] = roots.get(above, comment.id) if above else comment.id
        parent = None if root == comment.id else root
        at = comment.at.timestamp()
        yield comment.page_id, comment.id, parent, at, 1, "127.0.0.0", comment.text, comment.author, b"\0" * 256
