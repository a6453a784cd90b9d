"""One import of one file: its format is detected or given, then it is read and stored."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from service.importers.import_formats import FORMATS, read_source, recognise
from service.importers.import_report import ImportReport
from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import Incoming, PageMappings
from service.importers.prepare_page import RunJob
from service.importers.source_file import BadSource, Source
from service.importers.store_comments import Import
from service.importers.unknown_format import describe

LOOK_EVERY = 100
"""Items of a file between two words on how far the reading is."""


def _ignore(_done: int, _total: int) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class FileImport:
    """``file`` is what the owner calls the file, ``format`` empty to have it found out. ``reading`` is told the bytes
    that are read, and of how many; ``writing`` the same of comments. ``run_id`` as of ``Import``."""

    file: str
    format: str
    places: PageMappings
    run: RunJob
    at: datetime
    dry_run: bool = False
    run_id: int | None = None
    reading: Callable[[int, int], object] = field(default=_ignore)
    writing: Callable[[int, int], object] = field(default=_ignore)

    def take(self, source: Source) -> ImportReport:
        """Import the source. The report says where it could not be read further. Raises BadSource if it is of no known
        format."""
        opening = source.opening()
        found = recognise(*source.openings())
        if not (self.format or found):
            raise BadSource(ImportSentence.NOT_KNOWN % {"file": self.file, "kind": describe(opening)})
        self.format = self.format or found
        report = ImportReport(dry_run=self.dry_run, format=FORMATS[self.format].title)
        job = Import(self.format, self.places, self.run, self.at, report, self.writing, self.run_id)
        job.take(self._read(source))
        if report.broken and not report.has_comments and found != self.format:
            seems = f"{FORMATS[found].title}: --format {found}" if found else describe(opening)
            report.broken = ImportSentence.SEEMS % {"problem": report.broken, "kind": seems}
        return report

    def _read(self, source: Source) -> Iterator[Incoming]:
        for count, item in enumerate(read_source(self.format, source)):
            if count % LOOK_EVERY == 0:
                self.reading(source.position, source.size)
            yield item
