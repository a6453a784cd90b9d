"""What is shown and refused is the same on each database: tests have SQLite, and those that say so have both."""

import pytest


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty store on SQLite, or with ``each_database`` on each database in turn."""
    return str(request.getfixturevalue(getattr(request, "param", "sqlite_url")))
