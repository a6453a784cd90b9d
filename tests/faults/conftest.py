"""Faults are looked for on a disk, which takes its time: other tests write into memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres_cluster import DISK


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder on a disk."""
    with tempfile.TemporaryDirectory(prefix="reply-faults-", dir=DISK) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A SQLite database that the service makes itself, on that disk."""
    return f"sqlite:///{tmp_path / 'comments.db'}"
