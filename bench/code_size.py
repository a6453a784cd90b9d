"""The size of the code, and how many files a request runs through: ``python bench/code_size.py [CHECKOUT]``.

Counted are the files of ``service/`` and ``db/``, migrations aside. Four requests are sent to the application in this
process; counted for each are the files of which a function runs, on any thread, from the request to its answer. What
runs while a module is imported does not count.

It knows a checkout by its public addresses and by ``service.app`` and ``service.settings`` alone, so that an older one
can be measured as well, by any interpreter that has what the checkout needs.
"""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from types import FrameType
from typing import Any

MOST_LINES, MOST_LINES_OF_A_FUNCTION = 250, 40
CLASSIFIER = "service/spam/classifier/"
ARTICLE = "https://blog.example/post"
SHOP = "https://shop.example"
ADMIN = {"name": "Ida", "password": "a sentence that is easy to remember"}
SETTINGS = {
    "REPLY_SITES": "https://blog.example",
    "REPLY_FLOOD_SECONDS": "0",
    "REPLY_RATE_POST": "0/minute",
    "REPLY_MIN_FILL_SECONDS": "0",
    "REPLY_LEARN_SECONDS": "60",  # nothing is learned meanwhile
    "REPLY_LOG_LEVEL": "error",
}
TEXT = "Thank you for this. I tried the second recipe yesterday, with a little less salt, and the children loved it."
OURS = {"sec-fetch-site": "same-origin"}
_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda one, other: one + other,
    "−": lambda one, other: one - other,
    "×": lambda one, other: one * other,
}


def files(root: Path) -> list[Path]:
    """The modules that are counted."""
    found = [path for package in ("service", "db") for path in sorted((root / package).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.relative_to(root).parts]


def size(root: Path) -> dict[str, Any]:
    """The figures that reading alone gives."""
    modules = files(root)
    lines = {str(path.relative_to(root)): len(path.read_text("utf-8").splitlines()) for path in modules}
    trees = {path: ast.parse(path.read_text("utf-8")) for path in modules}
    classes = Counter(node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    names = Counter(path.stem for path in modules if path.stem != "__init__")
    largest = max(lines, key=lambda name: lines[name])
    return {
        "files": len(modules),
        "lines of the median file": median(lines.values()),
        "lines of the largest file": f"{lines[largest]} ({largest})",
        f"files over {MOST_LINES} lines": [f"{name} {number}" for name, number in lines.items() if number > MOST_LINES],
        f"functions over {MOST_LINES_OF_A_FUNCTION} lines": [
            f"{path.relative_to(root)} {name} {number}" for path in modules for name, number in _long(trees[path])
        ],
        "module names used more than once": _repeated(names),
        "class names used more than once": _repeated(classes),
    }


def _long(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            number = (node.end_lineno or node.lineno) - node.lineno + 1
            if number > MOST_LINES_OF_A_FUNCTION:
                yield node.name, number


def _repeated(names: Counter[str]) -> list[str]:
    return [f"{name} ×{number}" for name, number in sorted(names.items()) if number > 1]


class Trace:
    """The files of a checkout of which a function was called, on every thread that started after this was made."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._here = {str(path): str(path.relative_to(root)) for path in files(root)}
        self._seen: set[str] | None = None
        sys.setprofile(self._note)
        threading.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        seen, path = self._seen, frame.f_code.co_filename
        if seen is not None and event == "call" and path in self._here and path not in seen and not _imports(frame):
            seen.add(path)

    @contextmanager
    def noted(self) -> Iterator[list[str]]:
        """What is run through until the block ends. The list is filled then."""
        self._seen, found = set(), list[str]()
        try:
            yield found
        finally:
            seen, self._seen = self._seen, None
            found.extend(sorted(self._here[path] for path in seen))

    def wait_until_quiet(self) -> None:
        """Wait until background work of earlier requests has ended. Raises TimeoutError."""
        for _ in range(100):
            with self.noted() as found:
                time.sleep(0.3)
            if not found:
                return
        raise TimeoutError(f"something goes on and on: {found}")

    def end(self) -> None:
        """Watch nothing more."""
        sys.setprofile(None)
        threading.setprofile(None)


def _imports(frame: FrameType | None) -> bool:
    """Whether this runs because a module is being imported."""
    while frame is not None:
        if "importlib._bootstrap" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def routes(root: Path, folder: Path) -> dict[str, list[str]]:
    """Request → the files it runs through. The service keeps its data in ``folder``."""
    os.environ.update(SETTINGS | {"REPLY_DATA": str(folder)})
    _command(root, "admin", "add", ADMIN["name"], typed=f"{ADMIN['password']}\n")
    shop = json.loads(_command(root, "site", "add", SHOP, "--json"))
    trace = Trace(root)
    try:
        return _asked(trace, shop["check_key"])
    finally:
        trace.end()


def _command(root: Path, *words: str, typed: str = "") -> str:
    command = [sys.executable, "-m", "service", *words]
    environment = os.environ | {"PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, input=typed, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)
    return done.stdout


def _asked(trace: Trace, check_key: str) -> dict[str, list[str]]:
    from starlette.testclient import TestClient

    from service.app import create_app
    from service.settings import Settings

    settings = Settings()
    app, found = create_app(settings), dict[str, list[str]]()
    with TestClient(app, base_url=settings.public_url, follow_redirects=False) as client:

        def ask(name: str, status: int, method: str, path: str, **more: Any) -> Any:
            trace.wait_until_quiet()
            with trace.noted() as files:
                answer = client.request(method, path, **more)
            if answer.status_code != status:
                raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:500]}")
            found[name] = files
            return answer

        form, html = _form(client), {"accept": "text/html"}
        ask("an accepted POST /comments", 303, "POST", "/comments", data=form, headers=html)
        ask("a cold GET /thread", 200, "GET", "/thread", params={"page": ARTICLE}, headers=html)
        held = _form(client) | {"captcha": "", "review": "1", "comment": "A human has to look.", "author": "Bob"}
        _expect(client.post("/comments", data=held, headers=html), 303)
        _expect(client.post("/admin/login", data=ADMIN, headers=OURS), 303)
        waiting = re.search(r'name="comment" value="([^"]+)"', client.get("/admin").text)
        if waiting is None:
            raise RuntimeError("no comment waits for a human")
        approval = {"action": "approve", "comment": waiting[1]}
        ask("an approval by an admin", 303, "POST", "/admin/comments", data=approval, headers=OURS)
        checked = {"api_key": check_key, "blog": SHOP, "user_ip": "192.0.2.7", "comment_type": "comment"}
        checked |= {"comment_author": "Ada", "comment_author_email": "ada@example.org", "comment_content": TEXT}
        ask("a comment-check of Akismet", 200, "POST", "/1.1/comment-check", data=checked)
    return found


def _expect(answer: Any, status: int) -> None:
    if answer.status_code != status:
        raise RuntimeError(f"expected {status}, got {answer.status_code}: {answer.text[:500]}")


def _form(client: Any) -> dict[str, str]:
    question = client.get("/captcha", params={"page": ARTICLE}).json()
    left, operation, right, _ = question["question"].split()
    return {
        "page": ARTICLE,
        "comment": TEXT,
        "author": "Ada",
        "email": "ada@example.org",
        "comment_parent": "0",
        "captcha": str(_OPERATIONS[operation](int(left), int(right))),
        "captcha_token": question["token"],
    }


def main() -> None:
    """Measure, and print figures as a table and names as lists."""
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    sys.path.insert(0, str(root))
    with tempfile.TemporaryDirectory(prefix="reply-size-") as folder:
        figures, ways = size(root), routes(root, Path(folder))
    print("| the code | |\n|---|--:|")
    for name, figure in figures.items():
        print(f"| {name} | {len(figure) if isinstance(figure, list) else figure} |")
    print("\n| files that are run through | | without `service/spam/classifier` |\n|---|--:|--:|")
    for name, way in ways.items():
        print(f"| {name} | {len(way)} | {sum(not path.startswith(CLASSIFIER) for path in way)} |")
    for name, listed in (figures | ways).items():
        if isinstance(listed, list):
            print(f"\n{name}:", *listed, sep="\n  ")


if __name__ == "__main__":
    main()
