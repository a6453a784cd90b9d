"""Twikoo, from npm: ``tkserver``, its own Node.js server, on LokiJS, which holds everything in memory."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import load_client, sample_requests
from bench.load_client import Load
from bench.made_up_store import MadeUpComment, comments
from bench.peers import npm, peer_tools
from bench.peers.peer import Peer, Running, Skipped
from bench.process_tree import Tree
from bench.servers import free_port

_MODULES = Path("node_modules")
_PASSWORD = "bench"
_CONFIG = {"LIMIT_PER_MINUTE": "0", "LIMIT_PER_MINUTE_ALL": "0", "LIMIT_LENGTH": "0", "COMMENT_PAGE_SIZE": "50"}
_PAGES = 100
"""Addresses that are counted."""


class Twikoo(Peer):
    """One process."""

    name = "Twikoo"
    accepted = 200
    note = (
        "Node.js, one process; `TWIKOO_THROTTLE`, `LIMIT_PER_MINUTE`, `LIMIT_PER_MINUTE_ALL`, `LIMIT_LENGTH` off; "
        "no Akismet; `COMMENT_PAGE_SIZE` 50, not 8. LokiJS, written to the disk every 4 seconds: NOT durable."
    )

    def install(self) -> str:
        """The server, and the script for readers."""
        return npm.install(self.home, "tkserver", "twikoo")

    def seed(self, folder: Path, sizes: list[int]) -> None:
        """By its own import, as its administrator."""
        made_up = list(_documents(comments(sizes)))
        with self.running(folder) as running:
            _ask(running, "SET_PASSWORD", password=_PASSWORD)
            _ask(running, "SET_CONFIG", accessToken=_PASSWORD, config=_CONFIG)
            imported = {"source": "twikoo", "file": json.dumps(made_up)}
            _ask(running, "COMMENT_IMPORT_FOR_ADMIN", accessToken=_PASSWORD, **imported)
            words = (f'"{made_up[-1]["_id"]}"', "COMMENT_PAGE_SIZE")
            _wait_until(lambda: _written(folder / "data", *words), "its import is not written to the disk")

    @contextmanager
    def running(self, folder: Path) -> Iterator[Running]:
        """Node.js."""
        port = free_port()
        variables = {"TWIKOO_DATA": str(folder / "data"), "TWIKOO_PORT": str(port), "TWIKOO_THROTTLE": "1000000000"}
        command = ["node", str(self.home / _MODULES / "tkserver" / "server.js")]
        with peer_tools.started(command, folder, port, NODE_ENV="production", **variables) as pid:
            running = Running(port, Tree(pid))
            _wait_until(
                lambda: b'"count"' in _ask(running, "GET_COMMENTS_COUNT", urls=[_uri(0)]), "its store is not read"
            )
            yield running

    def thread(self, number: int) -> bytes:
        """As its script asks."""
        return _thread(number)

    def posts(self, running: Running, numbers: range, pages: int) -> list[bytes]:
        """JSON, as everything."""
        return [_post(number, 1 + number % pages) for number in numbers]

    def count(self, folder: Path, running: Running) -> int:
        """All comments that are shown, as it says itself: the disk knows later."""
        answer = _ask(running, "GET_COMMENTS_COUNT", urls=[_uri(number) for number in range(_PAGES)], includeReply=True)
        return sum(page["count"] for page in json.loads(answer[answer.index(b"{") : answer.rindex(b"}") + 1])["data"])

    def first_view(self, running: Running) -> list[int]:
        """Its script, which comes from a content delivery network, its configuration and the comments."""
        script = peer_tools.gzipped(self.home / _MODULES / "twikoo" / "dist" / "twikoo.min.js")
        return [script, len(_ask(running, "GET_CONFIG")), len(_answer(running, _thread(0)))]


def _uri(number: int) -> str:
    return f"/articles/{number}"


def _event(name: str, **fields: object) -> bytes:
    return peer_tools.post("/", {"event": name, **fields}, as_json=True)


def _thread(number: int) -> bytes:
    return _event("COMMENT_GET", url=_uri(number), accessToken="reader")


def _ask(running: Running, name: str, **fields: object) -> bytes:
    return _answer(running, _event(name, **fields))


def _answer(running: Running, request: bytes) -> bytes:
    return sample_requests.expect(load_client.drive(Load(running.port, [request], 1, keep_bodies=True)), 200).bodies[0]


def _wait_until(condition: Callable[[], bool], otherwise: str) -> None:
    """It listens before it has read its store, and answers before it has written. Raises Skipped."""
    end = time.monotonic() + peer_tools.PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise Skipped(otherwise)
        time.sleep(0.02)


def _written(data: Path, *words: str) -> bool:
    files = "".join(file.read_text(errors="replace") for file in data.iterdir())
    return all(word in files for word in words)


def _post(number: int, page: int) -> bytes:
    who = {"nick": f"Reader {number}", "mail": f"reader{number}@example.org", "link": "", "ua": peer_tools.BROWSER}
    where = {"accessToken": f"reader{number}", "url": _uri(page), "href": f"https://blog.example{_uri(page)}"}
    return _event("COMMENT_SUBMIT", comment=_html(sample_requests.text_of(number)), **who, **where)


def _html(text: str) -> str:
    return "".join(f"<p>{part}</p>" for part in text.split("\n\n"))


def _documents(made_up: Iterable[MadeUpComment]) -> Iterator[dict[str, object]]:
    """A reply names the comment that it answers and the first one of all above it."""
    roots: dict[int, int] = {}
    for comment in made_up:
        above, at = comment.parent_id, int(comment.at.timestamp() * 1000)
        root = roots[comment.id] = roots.get(above, comment.id) if above else comment.id
        parents = {"pid": f"c{above}", "rid": f"c{root}"} if above else {}
        who = {
            "nick": comment.author,
            "mail": "",
            "mailMd5": "",
            "link": "",
            "ua": peer_tools.BROWSER,
            "ip": "127.0.0.1",
        }
        what = {"url": _uri(comment.page_id - 1), "comment": _html(comment.text), "isSpam": False}
        yield {"_id": f"c{comment.id}", **parents, **who, **what, "created": at, "updated": at}
