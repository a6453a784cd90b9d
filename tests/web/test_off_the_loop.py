"""Long texts are rendered in a thread: the event loop, which answers everybody, waits for none of them."""

import threading
from typing import Any

import pytest

from service import safe_html
from service.safe_html import TextCache
from tests.reader import Reader

LONG_TEXT = "> a & b\n" * 8000


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """It is about threads, so one database will do."""
    return sqlite_url


@pytest.fixture
def rendered_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the threads that rendered something."""
    names: list[str] = []

    def make(*key: str) -> str:
        names.append(threading.current_thread().name)
        return safe_html._render(*key)

    monkeypatch.setattr(safe_html, "rendered_texts", TextCache(make, 1_000_000))
    return names


def on_loop(names: list[str]) -> bool:
    """Whether it was a thread other than anyio's workers."""
    return any("AnyIO worker thread" not in name for name in names)


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_a_preview_of_a_long_text(reader: Reader, rendered_in: list[str], accept: str) -> None:
    fields = reader.fields(comment=LONG_TEXT)
    assert reader.client.post("/preview", data=fields, headers={"accept": accept}).status_code == 200
    assert rendered_in
    assert not on_loop(rendered_in)


def test_a_long_comment(reader: Reader, rendered_in: list[str]) -> None:
    answer: Any = reader.post(json=True, comment=LONG_TEXT).json()
    assert answer["html"]
    reader.client.get("/page", params={"page": reader.fields()["page"]})
    assert rendered_in
    assert not on_loop(rendered_in)
