"""The API on PostgreSQL: what it writes, and what it reads by a statement of its own."""

import pytest

from tests.protocols.api.conftest import Program
from tests.protocols.api.test_resources import (
    test_pages_are_listed_closed_and_renamed,
    test_what_is_written_is_written_on_each_database,
)
from tests.protocols.api.test_tokens import test_a_token_takes_along_what_it_made
from tests.web.admin.conftest import AddComment


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


def test_it_does_the_same_on_postgresql(owner: Program, add: AddComment) -> None:
    test_what_is_written_is_written_on_each_database(owner, add)


__all__ = ["test_a_token_takes_along_what_it_made", "test_pages_are_listed_closed_and_renamed"]
