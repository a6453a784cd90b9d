"""What write jobs change for readers, collected so that caches are told after the commit.

The functions of this folder report their changes here, and ``AppContext.write_row`` passes them on. So no caller that
moderates, posts or edits can forget to.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Connection

from db.job_steps import Steps

T = TypeVar("T")
_INFO = "changes"


@dataclass(slots=True)
class Changes:
    """What one job has changed. Harmless if it names too much, as when the job changed its mind later."""

    page_ids: set[tuple[int, int]] = field(default_factory=set)
    """(site_id, page_id) of pages whose readers see a change."""
    page_keys: set[tuple[int, str]] = field(default_factory=set)
    """(site_id, key) of pages that a comment was posted to, some of which had no id before."""
    decided_sites: set[int] = field(default_factory=set)
    """Sites on which a moderator has changed the status of a comment."""

    def __bool__(self) -> bool:
        return bool(self.page_ids or self.page_keys or self.decided_sites)


@contextmanager
def collect_changes(connection: Connection) -> Iterator[Changes]:
    """Collect what is reported on this connection. A job may run twice: each run collects its own."""
    info = connection.info  # kept, since a connection that is lost meanwhile no longer gives it
    changes = info[_INFO] = Changes()
    try:
        yield changes
    finally:
        del info[_INFO]


def collect_in_steps(connection: Connection, steps: Steps[T]) -> Steps[tuple[T, Changes]]:
    """The result of a job in steps, and what it reports. Between its steps others run, and report on this connection,
    too."""
    info, changes, result = connection.info, Changes(), None
    while True:
        info[_INFO] = changes
        try:
            step = steps.send(result)
        except StopIteration as end:
            return end.value, changes
        finally:
            del info[_INFO]
        result = yield step


def page_changed(connection: Connection, site_id: int, page_id: int) -> None:
    """Report that readers of a page see a change."""
    changes = _collected(connection)
    if changes is not None:
        changes.page_ids.add((site_id, page_id))


def page_posted_to(connection: Connection, site_id: int, page_key: str) -> None:
    """Report a comment on a page, which may be the page's first."""
    changes = _collected(connection)
    if changes is not None:
        changes.page_keys.add((site_id, page_key))


def comments_decided(connection: Connection, site_ids: Iterable[int]) -> None:
    """Report that moderators have decided on comments of these sites."""
    changes = _collected(connection)
    if changes is not None:
        changes.decided_sites.update(site_ids)


def _collected(connection: Connection) -> Changes | None:
    """None where nobody collects, as in commands."""
    return connection.info.get(_INFO)
