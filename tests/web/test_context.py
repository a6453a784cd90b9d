"""AppContext.write: jobs that change what readers see reach the caches of the process, whichever page runs them."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from db.models import Status
from service.comments import moderate
from service.comments.admin_edit import delete_comment, edit_comment
from service.comments.author_edit import delete_own_comment
from service.comments.changes_for_caches import Changes
from service.comments.page_actions import close_page
from service.comments.side_effects import Key
from service.page_address import PageRef
from service.web.context import AppContext
from service.web.database_access import MOST_SEARCHES_WAITING, SEARCHERS
from service.web.render.thread_cache import PageVersion
from tests.conftest import Clock
from tests.service_process import PATIENCE
from tests.web.admin.conftest import add_comment, page_of

URL = "https://blog.example/post"
PAGE = PageRef(1, URL, URL)

Job = Callable[[Key, Key, Clock], Callable[..., Any]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database is enough: the jobs themselves are tested on each in tests/comments."""
    return sqlite_url


@pytest.fixture
def heard(context: AppContext) -> list[Changes]:
    """What listeners are told."""
    heard: list[Changes] = []
    context.listeners.append(heard.append)
    return heard


def run(client: TestClient, context: AppContext, clock: Clock, status: Status, job: Job) -> bool:
    """Write a job about a comment of this status, and return whether the version of its page was forgotten."""
    site_id, _, comment_id = add_comment(context, clock, status=status).partition("-")
    with context.engine.connect() as connection:
        page_id = page_of(connection, URL, clock)
    context.versions.learn(PAGE, PageVersion(page_id, 1, closed=False, title=""))
    assert client.portal
    client.portal.call(partial(context.write, job((int(site_id), int(comment_id)), (1, page_id), clock)))
    return context.versions.known(PAGE) is None


def decide(key: Key, status: Status, clock: Clock) -> Callable[..., Any]:
    return partial(moderate.decide, keys=[key], after=status, admin_id=None, at=clock())


VISIBLE: dict[str, tuple[Status, Job]] = {
    "approve": (
        Status.PENDING,
        lambda key, _page, clock: decide(key, Status.APPROVED, clock),
    ),
    "trash": (
        Status.APPROVED,
        lambda key, _page, clock: decide(key, Status.TRASH, clock),
    ),
    "close the page": (
        Status.APPROVED,
        lambda _key, page, clock: partial(close_page, page=page, admin_id=1, at=clock(), closed=True),
    ),
    "edit by a moderator": (
        Status.APPROVED,
        lambda key, _page, clock: partial(
            edit_comment, key=key, words={"text": "Other words."}, admin_id=1, at=clock()
        ),
    ),
    "delete for good": (
        Status.APPROVED,
        lambda key, _page, clock: partial(delete_comment, key=key, admin_id=1, at=clock()),
    ),
    "delete by the author": (
        Status.APPROVED,
        lambda key, _page, clock: partial(delete_own_comment, key=key, at=clock(), minutes=15),
    ),
}


@pytest.mark.parametrize("name", VISIBLE)
def test_a_job_that_readers_notice_is_forgotten_without_help_of_its_caller(
    client: TestClient, context: AppContext, clock: Clock, name: str
) -> None:
    assert run(client, context, clock, *VISIBLE[name])


def test_a_job_that_readers_do_not_notice_leaves_the_cache_alone(
    client: TestClient, context: AppContext, clock: Clock, heard: list[Changes]
) -> None:
    assert not run(
        client,
        context,
        clock,
        Status.PENDING,
        lambda key, _page, clock: decide(key, Status.SPAM, clock),
    )
    assert [changes.decided_sites for changes in heard] == [{1}]  # but the spam check learns from it


def test_a_job_that_fails_tells_nobody(
    client: TestClient, context: AppContext, clock: Clock, heard: list[Changes]
) -> None:
    def fail(key: Key, page: Key, clock: Clock) -> Callable[..., Any]:
        def job(connection: Any) -> None:
            moderate.decide(connection, [key], Status.APPROVED, None, clock())
            raise LookupError

        return job

    with pytest.raises(LookupError):
        run(client, context, clock, Status.PENDING, fail)
    assert heard == []


def test_searches_do_not_hold_readers_up_and_are_so_many(client: TestClient, context: AppContext) -> None:
    go_on = threading.Event()

    async def story() -> int:
        searches = [
            asyncio.create_task(context.search(lambda _: go_on.wait(PATIENCE)))
            for _ in range(SEARCHERS + MOST_SEARCHES_WAITING)
        ]
        while context._searchers.statistics().tasks_waiting < MOST_SEARCHES_WAITING:
            await asyncio.sleep(0)
        with pytest.raises(HTTPException) as caught:
            await context.search(lambda _: 0)
        numbers = [await context.read(lambda _: 1) for _ in range(20)]
        go_on.set()
        assert all(await asyncio.gather(*searches))
        return sum(numbers) * (caught.value.status_code == 503)

    assert client.portal
    assert client.portal.call(story) == 20


@pytest.mark.parametrize(
    ("path", "is_search"),
    [
        ("/wp-json/wp/v2/comments?search=tide", True),
        ("/wp-json/wp/v2/comments?orderby=parent", True),
        ("/wp-json/wp/v2/comments?offset=1000", True),
        ("/wp-json/wp/v2/comments", False),
        ("/thread?page=https://blog.example/post", False),
    ],
)
def test_what_looks_at_all_comments_is_a_search(
    client: TestClient, context: AppContext, monkeypatch: pytest.MonkeyPatch, path: str, is_search: bool
) -> None:
    searches, search = [], context.search

    def noted(*job: Any) -> Any:
        searches.append(job)
        return search(*job)

    monkeypatch.setattr(context, "search", noted)
    answer = client.get(path.replace("/wp-json", "/blog.example/wp-json"))
    assert (answer.status_code, bool(searches)) == (200, is_search)
