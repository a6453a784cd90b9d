import json
from typing import Any

import pytest

from service.importers.incoming_comments import Remark
from tests.importers.export_files import comments, read_bytes


def thread(number: int, body: str, title: str = "roses", **fields: Any) -> dict[str, Any]:
    comment = {
        "databaseId": 10 * number,
        "author": {"login": "mara"},
        "body": "Words",
        "createdAt": "2022-01-02T03:04:05Z",
    }
    return {"number": number, "title": title, "body": body, "comments": {"totalCount": 1, "nodes": [comment]}} | fields


def page(kind: str, *threads: dict[str, Any]) -> str:
    return json.dumps({"data": {"repository": {kind: {"pageInfo": {"hasNextPage": True}, "nodes": threads}}}})


@pytest.mark.parametrize("kind", ["discussions", "issues"])
def test_pages_of_an_answer_may_follow_one_another(kind: str) -> None:
    first, second = thread(1, "https://blog.example/roses/"), thread(2, "https://blog.example/tulips/", locked=True)
    found = comments(read_bytes((page(kind, first) + page(kind, second)).encode(), "giscus"))
    assert {number: (each.page.path, each.page.closed) for number, each in found.items()} == {
        "10": ("/roses/", False),
        "20": ("/tulips/", True),
    }


@pytest.mark.parametrize(
    ("title", "body", "path"),
    [
        ("2022/roses/", "# Roses\n\nOn roses\n\nhttps://blog.example/2022/roses/\n\n<!-- sha1: 0 -->", "/2022/roses/"),
        (
            "2022/roses",
            "[https://blog.example/2022/roses.html](https://blog.example/2022/roses.html)",
            "/2022/roses.html",
        ),
        ("2022/roses", "as I said at https://other.example/x", "/2022/roses"),
        ("index", "", "/"),
        ("https://blog.example/roses/", "", "/roses/"),
        ("roses", "", ""),
        ("The feed is broken", "see https://blog.example/feed.xml please", ""),
    ],
)
def test_a_thread_is_of_the_page_whose_address_it_holds(title: str, body: str, path: str) -> None:
    found = comments(read_bytes(page("issues", thread(1, body, title)).encode(), "utterances"))
    assert found["10"].page.path == path


def test_a_thread_that_is_not_whole_is_named() -> None:
    more = {"totalCount": 1, "nodes": [{"databaseId": 1, "replies": {"totalCount": 5, "nodes": []}}]}
    items = read_bytes(page("discussions", thread(7, "https://blog.example/", comments=more)).encode(), "giscus")
    assert Remark("Thread 7 has more comments than are in the file.") in items


def test_a_thread_may_begin_with_any_number_of_empty_lines() -> None:
    """Looked at again from each of them, these would take hours."""
    body = "\n \t" * 100_000 + "https://blog.example/2022/roses/\n" + "\n" * 100_000
    found = comments(read_bytes(page("issues", thread(1, body)).encode(), "utterances"))
    assert found["10"].page.path == "/2022/roses/"
