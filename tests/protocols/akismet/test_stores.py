"""What the spam check writes, on each database: verdicts, counts, lessons and weights."""

import pytest
from starlette.testclient import TestClient

from service.web.context import AppContext
from tests.protocols.akismet.conftest import Blog
from tests.protocols.akismet.test_key_votes import OTHERS, PITCH


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL; the other tests of this folder use SQLite."""
    return postgres_url


def test_postgresql_takes_verdicts_corrections_and_lessons(blog: Blog, context: AppContext, client: TestClient) -> None:
    assert context.engine.dialect.name == "postgresql"
    guid = blog.check(PITCH).headers["x-akismet-guid"]
    for greeting in ("", "", "Hello there,", "Good morning:", "Dear all,", "News!"):  # the second time changes nothing
        for text in [PITCH, *OTHERS]:
            blog.call("submit-spam", blog.comment(f"{greeting} {text}".strip(), guid=guid))
    assert blog.check(PITCH).text == "true"
    stats = blog.stats()
    assert (stats["spam"], stats["ham"], stats["missed_spam"]) == ("1", "1", "1")
    assert blog.usage() == 2
