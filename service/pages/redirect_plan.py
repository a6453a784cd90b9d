"""A site's redirects, applied to its stored pages: moved, merged where the new address has comments, and aliases."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from db import tables
from db.column_types import new_id
from service.action_log import Act, ActKind, record
from service.known_sites import KnownSite
from service.page_change_hashes import one_note
from service.pages.merge_pages import Merge, Progress, merge_slice
from service.pages.move_page import Address, MoveOutcome, address_on, give_alias, move_page
from service.pages.page_changes import ChangeKind, Click
from service.pages.page_list import PageLine, lines_of
from service.redirects import Moved, MovedPages
from service.web_origin import BadPage

ALIASES_AT_ONCE = 100
_MOST_STEPS = 10
_page = tables.page.c


@dataclass(frozen=True, slots=True)
class Step:
    """A page is moved to ``to``, or merged into the page ``into``, which is there or comes there by an earlier step."""

    page: PageLine
    to: str
    into: int = 0

    @property
    def kind(self) -> ChangeKind:
        """Which of both."""
        return ChangeKind.MERGE if self.into else ChangeKind.MOVE


@dataclass(frozen=True, slots=True)
class RedirectPlan:
    """``steps`` for pages that are stored; ``aliases`` (old, new) for old addresses without comments; ``skipped``
    are addresses that cannot be used, each with the reason."""

    steps: Sequence[Step]
    aliases: Sequence[tuple[str, str]]
    skipped: Sequence[tuple[str, str]]

    @property
    def merges(self) -> int:
        """How many pages would be merged, for which the owner's consent is asked."""
        return sum(step.kind is ChangeKind.MERGE for step in self.steps)


def plan_redirects(connection: Connection, site: KnownSite, moved: Sequence[Moved]) -> RedirectPlan:
    """What these redirects would do. Nothing is changed."""
    mapped, skipped = MovedPages(moved), []
    rows = connection.execute(
        select(_page.id, _page.key, _page.url).where(_page.site_id == site.id).order_by(_page.id)
    ).all()
    page_at = {row.key: row.id for row in rows}
    targets: dict[int, Address] = {}
    for row in rows:
        try:
            target = _target(site, mapped, row.url)
        except BadPage as error:
            skipped.append((row.url, str(error)))
            continue
        if target and target.key != row.key:
            targets[row.id] = target
    lines, steps = lines_of(connection, site.id, targets), []
    staying = {key: page_id for key, page_id in page_at.items() if page_id not in targets}
    for page_id, target in targets.items():
        steps.append(Step(lines[page_id], target.url, staying.get(target.key, 0)))
        staying.setdefault(target.key, page_id)
    return RedirectPlan(_merges_last(steps), _aliases(site, mapped, moved, page_at, skipped), skipped)


def _merges_last(steps: Sequence[Step]) -> list[Step]:
    """A page may be merged into one that is moved first."""
    return sorted(steps, key=lambda step: step.kind is ChangeKind.MERGE)


def _target(site: KnownSite, mapped: MovedPages, url: str) -> Address | None:
    """Where an address leads in the end. Raises BadPage for a target that cannot be used."""
    found, seen = "", {_path_of(url)}
    for _ in range(_MOST_STEPS):
        path = mapped.find(_path_of(found or url), "", (url,))
        if not path or path in seen:
            break
        found = path
        seen.add(path)
    return address_on(site, found) if found else None


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _aliases(
    site: KnownSite, mapped: MovedPages, moved: Sequence[Moved], page_at: dict[str, int], skipped: list[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Old and new address of single redirects whose old address has no page."""
    found: dict[str, tuple[str, str]] = {}
    for one in moved:
        old = f"https://{one.host}{one.old}" if one.host else one.old
        try:
            if not one.whole or (start := address_on(site, old)).key in page_at or start.key in found:
                continue
            target = _target(site, mapped, start.url)
        except BadPage as error:
            skipped.append((old, str(error)))
            continue
        if target and target.key != start.key:
            found[start.key] = (start.url, target.url)
    return list(found.values())


@dataclass(slots=True)
class RedirectRun:
    """The jobs that carry a plan out, as one batch. ``outcomes`` counts what came of each step and alias; a step whose
    pages have changed since the plan was shown is left alone."""

    site_id: int
    plan: RedirectPlan
    click: Click
    outcomes: Counter[MoveOutcome] = field(default_factory=Counter)
    _last: Sequence[MoveOutcome] = ()
    _progress: Progress = Progress.MORE

    def jobs(self) -> Iterator[Callable[[Connection], object]]:
        """Each is yielded once the one before has run, and may run twice."""
        if self.plan.steps or self.plan.aliases:
            yield self._log
        for step in self.plan.steps:
            yield from self._merging(step) if step.into else self._moving(step)
        for start in range(0, len(self.plan.aliases), ALIASES_AT_ONCE):
            yield from self._leading(self.plan.aliases[start : start + ALIASES_AT_ONCE])

    def _moving(self, step: Step) -> Iterator[Callable[[Connection], object]]:
        def job(connection: Connection) -> None:
            self._last = [move_page(connection, (self.site_id, step.page.id), step.to, self.click)]

        yield job
        self.outcomes.update(self._last)

    def _merging(self, step: Step) -> Iterator[Callable[[Connection], object]]:
        merge = Merge(self.site_id, new_id(), step.page.id, step.into)

        def job(connection: Connection) -> None:
            self._progress = merge_slice(connection, merge, self.click)

        yield job
        while self._progress is Progress.MORE:
            yield job
        self.outcomes[MoveOutcome.DONE if self._progress is Progress.DONE else MoveOutcome.GONE] += 1

    def _leading(self, aliases: Sequence[tuple[str, str]]) -> Iterator[Callable[[Connection], object]]:
        def job(connection: Connection) -> None:
            with one_note(connection):
                self._last = [give_alias(connection, self.site_id, old, new, self.click) for old, new in aliases]

        yield job
        self.outcomes.update(self._last)

    def _log(self, connection: Connection) -> None:
        number = len(self.plan.steps) + len(self.plan.aliases)
        act = Act(ActKind.REDIRECTS, self.click.at, self.click.admin_id, batch=self.click.batch, number=number)
        record(connection, self.site_id, act)
