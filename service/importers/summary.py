"""The report of an import: counts by reason, with comment numbers as examples and never their text."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from db.models import Status

EXAMPLES = 5


@dataclass(slots=True)
class Tally:
    """How often something happened, and the numbers of the first comments."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, number: str) -> None:
        """Count one more comment."""
        self.count += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(number)


@dataclass(slots=True)
class ImportReport:
    """The counts of an import. ``pages`` had comments in the file, ``new_pages`` did not exist here before.

    ``taken`` counts new comments by status, ``already_here`` those of an earlier run. ``broken`` says where the file
    could not be read further; empty if it was read to its end.
    """

    dry_run: bool = False
    pages: int = 0
    new_pages: int = 0
    taken: Counter[Status] = field(default_factory=Counter)
    already_here: int = 0
    skipped: dict[str, Tally] = field(default_factory=dict)
    notes: dict[str, Tally] = field(default_factory=dict)
    unreadable: dict[str, Tally] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    broken: str = ""

    @property
    def has_comments(self) -> bool:
        """Whether the file contained any comment."""
        return bool(self.taken.total() or self.already_here or self.skipped)

    def skip(self, reason: str, number: str) -> None:
        """Count a comment that was not imported."""
        self.skipped.setdefault(reason, Tally()).add(number)

    def note(self, reason: str, number: str) -> None:
        """Count a comment that was imported with a change."""
        self.notes.setdefault(reason, Tally()).add(number)

    def as_dict(self) -> dict[str, Any]:
        """The report as values for JSON."""
        return {
            "dry_run": self.dry_run,
            "pages": self.pages,
            "new_pages": self.new_pages,
            **{status.value: self.taken[status] for status in Status},
            "already_here": self.already_here,
            "skipped": _plain(self.skipped),
            "notes": _plain(self.notes),
            "unused_page_options": list(self.unused),
            "broken": self.broken or None,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        taken = self.taken
        yield f"{'Would be taken' if self.dry_run else 'Taken'}: {_several(taken.total(), 'comment')}"
        yield f"  {taken[Status.APPROVED]:>7,} approved"
        yield f"  {taken[Status.PENDING]:>7,} held for moderation"
        yield f"  {taken[Status.SPAM]:>7,} spam"
        yield f"  {taken[Status.TRASH]:>7,} in the trash"
        yield f"Already here: {self.already_here:,}"
        yield f"Skipped: {sum(tally.count for tally in self.skipped.values()):,}"
        yield from _reasons(self.skipped)
        yield f"Pages with comments: {self.pages:,}, new {self.new_pages:,}"
        if self.notes:
            yield "Notes:"
            yield from _reasons(self.notes)
        yield from (f"--page {name}: the file has no comments on such a page." for name in self.unused)
        if self.broken:
            yield self.broken


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _plain(tallies: dict[str, Tally]) -> dict[str, Any]:
    return {reason: {"count": tally.count, "examples": tally.examples} for reason, tally in tallies.items()}


def _reasons(tallies: dict[str, Tally]) -> Iterator[str]:
    for reason, tally in sorted(tallies.items(), key=lambda item: -item[1].count):
        more = ", …" if tally.count > len(tally.examples) else ""
        yield f"  {tally.count:>7,} {reason} ({', '.join(tally.examples)}{more})"
