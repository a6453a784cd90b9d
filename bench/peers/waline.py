"""Waline, from npm: its own Node.js server, on SQLite."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from bench import sample_requests
from bench.made_up_store import MadeUpComment, comments
from bench.peers import npm, peer_tools
from bench.peers.peer import Peer, Running
from bench.process_tree import Tree
from bench.servers import free_port

_MODULES = Path("node_modules")
_SERVER = _MODULES / "@waline" / "vercel"
_CLIENT = _MODULES / "@waline" / "client" / "dist"
_TIMES = "createdAt TEXT, updatedAt TEXT"
_TABLES = f"""
CREATE TABLE wl_comment (id INTEGER PRIMARY KEY, user_id INTEGER, comment TEXT, insertedAt TEXT, ip TEXT, link TEXT,
  mail TEXT, nick TEXT, pid INTEGER, rid INTEGER, sticky NUMERIC, status TEXT, "like" INTEGER, ua TEXT, url TEXT,
  {_TIMES});
CREATE TABLE wl_users (id INTEGER PRIMARY KEY, display_name TEXT, email TEXT, password TEXT, type TEXT, label TEXT,
  url TEXT, avatar TEXT, github TEXT, twitter TEXT, facebook TEXT, google TEXT, weibo TEXT, qq TEXT, oidc TEXT,
  huawei TEXT, "2fa" TEXT, {_TIMES});
CREATE TABLE wl_counter (id INTEGER PRIMARY KEY, time INTEGER, url TEXT, {_TIMES});
"""
_COLUMNS = "id, comment, insertedAt, ip, link, mail, nick, pid, rid, status, ua, url, createdAt, updatedAt"
_NO_SERVICES = 'data:application/json,{"services":[]}'
"""Waline asks a server on the internet before each answer. Here the address itself is what would be answered."""


class Waline(Peer):
    """One process."""

    name = "Waline"
    accepted = 200
    note = (
        "Node.js, one process; `IPQPS=0`, `AKISMET_KEY=false`: no limit, no spam check; `OAUTH_URL` answers itself, "
        "where else a server on the internet is asked for each answer; 50 comments asked for, not 10. SQLite as "
        "node-sqlite3 opens it, synchronous=FULL: durable."
    )

    def install(self) -> str:
        """The server, and the script for readers."""
        return npm.install(self.home, "@waline/vercel", "@waline/client")

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """Into an SQLite file with the tables that Waline expects to find."""
        with closing(sqlite3.connect(folder / "waline.sqlite")) as database, database:
            database.executescript(_TABLES)
            marks = ", ".join("?" * len(_COLUMNS.split()))
            database.executemany(f"INSERT INTO wl_comment ({_COLUMNS}) VALUES ({marks})", _rows(comments(sizes)))

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """Node.js."""
        port = free_port()
        variables = {"SQLITE_PATH": str(folder), "JWT_TOKEN": "bench", "IPQPS": "0", "AKISMET_KEY": "false"}
        variables["OAUTH_URL"] = _NO_SERVICES
        command = ["node", str(self.home / _SERVER / "vanilla.js"), str(port)]
        with peer_tools.started(command, folder, port, NODE_ENV="production", **variables) as pid:
            yield Running(port, Tree(pid))

    def thread(self, number: int) -> bytes:
        """As its script asks."""
        return sample_requests.get(_thread(number))

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """JSON."""
        return [_post(number, 1 + number % pages) for number in numbers]

    def count(self, folder: Path, running: Running) -> int:
        """All comments that are shown."""
        with closing(sqlite3.connect(folder / "waline.sqlite")) as database:
            return int(database.execute("SELECT count(*) FROM wl_comment WHERE status = 'approved'").fetchone()[0])

    def first_view(self, running: Running) -> list[int]:
        """Its script and its style, which come from a content delivery network, and the comments."""
        files = [peer_tools.gzipped(self.home / _CLIENT / name) for name in ("waline.js", "waline.css")]
        return [*files, len(peer_tools.fetch(running.port, _thread(0)))]


def _uri(number: int) -> str:
    return f"/articles/{number}"


def _thread(number: int) -> str:
    return f"/api/comment?path={quote(_uri(number), safe='')}&pageSize=50&page=1&lang=en-US&sortBy=insertedAt_desc"


def _post(number: int, page: int) -> bytes:
    who = {"nick": f"Reader {number}", "mail": f"reader{number}@example.org", "link": "", "ua": peer_tools.BROWSER}
    return peer_tools.post(
        "/api/comment?lang=en-US", {"comment": sample_requests.text_of(number), "url": _uri(page), **who}, as_json=True
    )


def _rows(made_up: Iterable[MadeUpComment]) -> Iterator[tuple[object, ...]]:
    """A reply names the comment that it answers and the first one of all above it."""
    roots: dict[int, int] = {}
    for comment in made_up:
        above = comment.parent_id
        root = roots[comment.id] = roots.get(above, comment.id) if above else comment.id
        at, uri = f"{comment.at:%Y-%m-%d %H:%M:%S}", _uri(comment.page_id - 1)
        above_all = None if root == comment.id else root
        who = ("127.0.0.1", "", "", comment.author)
        yield comment.id, comment.text, at, *who, above, above_all, "approved", peer_tools.BROWSER, uri, at, at
