"""The rules of a site about addresses are put back to what they were, with the pages that were merged for them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from db.column_types import new_id
from service.known_sites import KnownSite, PageRules
from service.pages.address_rule_change import RuleChange, with_rules
from service.pages.page_changes import Click, StandingChange, standing
from service.pages.undo_moves import BatchUndo
from service.undo.log_entries import Entry

Job = Callable[[Connection], object]


class RulesUndo:
    """The jobs that take a change of rules back. While they run, a change that comes between is overwritten, as by two
    owners who save rules at once."""

    def __init__(self, site: KnownSite, entry: Entry, admin_id: int, at: datetime) -> None:
        self._site, self._entry, self._click = site, entry, Click(new_id(), at, admin_id)
        self._changes: list[StandingChange] = []

    def jobs(self) -> Iterator[Job]:
        """Each is yielded once the one before has run, and may run twice. Raises Collision from a job, if by the old
        rules pages would become one: the rules in force stay then."""
        change = self._entry.change
        before = PageRules.read(change.before if change else None)
        yield from RuleChange(with_rules(self._site, before), (), self._click, undoes=self._entry.id).jobs()
        for batch in self._entry.words.get("merged", ()):
            yield partial(self._read, batch=batch)
            if self._changes:
                yield from BatchUndo(self._changes, self._click).jobs()

    def _read(self, connection: Connection, batch: int) -> None:
        self._changes = standing(connection, batch)
