"""The report of an import: counts by reason, with comment numbers as examples, and a few comments as they will look."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from db.models import Status
from service.importers.import_sentences import ImportSentence
from service.safe_html import shown_text
from service.visible_text import one_line

EXAMPLES = 5
EXCERPT = 200
"""Characters of an example's text."""

MOST_REASONS = 100
MOST_NAMES = 20


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

    ``merged`` counts addresses beyond the first of a page. ``taken`` counts new comments by status, ``already_here``
    those of an earlier run, ``unreadable`` broken parts of the file that were passed over, by their places.
    ``unmatched`` are pages without a place here, by their names there, ``placed`` the first of those that have another
    address here. ``broken`` says where the file could not be read
    further; empty if it was read to its end. ``format`` is what the file was taken for. ``number`` is the import's, by
    which it can be undone.
    """

    dry_run: bool = False
    format: str = ""
    pages: int = 0
    merged: int = 0
    new_pages: int = 0
    taken: Counter[Status] = field(default_factory=Counter)
    already_here: int = 0
    skipped: dict[str, Tally] = field(default_factory=dict)
    notes: dict[str, Tally] = field(default_factory=dict)
    unreadable: dict[str, Tally] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)
    unmatched: dict[str, int] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    more_unmatched: int = 0
    sample: list[dict[str, str]] = field(default_factory=list)
    unused: tuple[str, ...] = ()
    broken: str = ""
    number: int | None = None

    @property
    def has_comments(self) -> bool:
        """Whether the file contained any comment."""
        return bool(self.taken.total() or self.already_here or self.skipped)

    @property
    def is_whole(self) -> bool:
        """Whether the file was read to its end, and all of it."""
        return not (self.broken or self.unreadable)

    def skip(self, reason: str, number: str) -> None:
        """Count a comment that was not imported."""
        _count(self.skipped, reason, number)

    def note(self, reason: str, number: str) -> None:
        """Count a comment that was imported with a change."""
        _count(self.notes, reason, number)

    def pass_over(self, reason: str, place: str) -> None:
        """Count a broken part of the file."""
        _count(self.unreadable, reason, place)

    def remark(self, text: str) -> None:
        """Keep a remark about the file; each once."""
        if len(self.remarks) < MOST_REASONS:
            self.remarks[_harmless(text)] = None

    def no_place(self, name: str) -> None:
        """Count a comment on a page that has no place here."""
        name = _harmless(name)
        if name in self.unmatched or len(self.unmatched) < MOST_NAMES:
            self.unmatched[name] = self.unmatched.get(name, 0) + 1
        else:
            self.more_unmatched += 1

    def place(self, name: str, url: str) -> None:
        """Note where a page goes, if there are not enough examples yet."""
        if len(self.placed) < MOST_NAMES:
            self.placed[_harmless(name)] = url

    def show(self, page: str, row: dict[str, Any]) -> None:
        """Keep a comment as an example of how they will look, if there are not enough yet."""
        if self.dry_run and len(self.sample) < EXAMPLES:
            text = _harmless(shown_text(row["text"], row["format"]), EXCERPT + 1)
            text = text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"
            at = f"{row['created_at']:%Y-%m-%d %H:%M}"
            status = row["status"].value
            self.sample.append({"page": page, "author": row["author"], "at": at, "status": status, "text": text})

    def as_dict(self) -> dict[str, Any]:
        """The report as values for JSON."""
        return {
            "dry_run": self.dry_run,
            "format": self.format,
            "pages": self.pages,
            "new_pages": self.new_pages,
            "merged_addresses": self.merged,
            **{status.value: self.taken[status] for status in Status},
            "already_here": self.already_here,
            "skipped": _plain(self.skipped),
            "notes": _plain(self.notes),
            "unreadable": _plain(self.unreadable),
            "pages_with_other_address": dict(self.placed),
            "pages_without_place": dict(self.unmatched),
            "remarks": list(self.remarks),
            "sample": self.sample,
            "unused_page_options": list(self.unused),
            "broken": self.broken or None,
            "import": self.number,
        }

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        taken = self.taken
        if self.format:
            yield f"Format: {self.format}"
        yield f"{'Would be imported' if self.dry_run else 'Imported'}: {_several(taken.total(), 'comment')}"
        yield f"  {taken[Status.APPROVED]:>7,} approved"
        yield f"  {taken[Status.PENDING]:>7,} held for moderation"
        yield f"  {taken[Status.SPAM]:>7,} spam"
        yield f"  {taken[Status.TRASH]:>7,} in the trash"
        yield f"Already here: {self.already_here:,}"
        yield f"Skipped: {sum(tally.count for tally in self.skipped.values()):,}"
        yield from _reasons(self.skipped)
        merged = f"; {_several(self.merged, 'more address', 'es')} of them merged" if self.merged else ""
        yield f"Pages with comments: {self.pages:,}, new {self.new_pages:,}{merged}"
        if self.placed:
            yield "Pages with another address here, such as:"
            yield from (f"  {name} → {url}" for name, url in self.placed.items())
        if self.unmatched:
            more = ", …" if self.more_unmatched else ""
            yield f"Pages that could not be matched: {', '.join(self.unmatched)}{more}"
        if self.notes:
            yield "Imported with a change:"
            yield from _reasons(self.notes)
        if self.unreadable:
            yield "Broken parts, skipped:"
            yield from _reasons(self.unreadable)
        yield from self.remarks
        yield from (f"--page {name}: the file has no comments on such a page." for name in self.unused)
        yield from self._sample_lines()
        if self.broken:
            yield self.broken
        if self.number:
            yield f"To undo this import: leave-a-reply imports undo {self.number}"

    def _sample_lines(self) -> Iterator[str]:
        if self.sample:
            yield "Sample:"
        for each in self.sample:
            yield f"  {each['author']}, {each['at']} UTC, {each['status']}, on {each['page']}"
            yield f"    {each['text']}"


def _count(tallies: dict[str, Tally], reason: str, example: str) -> None:
    """A file may hold any number of reasons, such as types of comments; the report holds some."""
    reason = _harmless(reason)
    reason = reason if reason in tallies or len(tallies) < MOST_REASONS else ImportSentence.OTHER_REASONS
    tallies.setdefault(reason, Tally()).add(_harmless(example))


def _harmless(text: str, longest: int = 200) -> str:
    """A text of the file as it may be written to a terminal: on one line, without what steers one."""
    return one_line(text.encode("utf-8", "replace").decode())[:longest]


def _several(count: int, what: str, plural: str = "s") -> str:
    return f"{count:,} {what}{'' if count == 1 else plural}"


def _plain(tallies: dict[str, Tally]) -> dict[str, Any]:
    return {reason: {"count": tally.count, "examples": tally.examples} for reason, tally in tallies.items()}


def _reasons(tallies: dict[str, Tally]) -> Iterator[str]:
    for reason, tally in sorted(tallies.items(), key=lambda item: -item[1].count):
        more = ", …" if tally.count > len(tally.examples) else ""
        yield f"  {tally.count:>7,} {reason} ({', '.join(tally.examples)}{more})"
