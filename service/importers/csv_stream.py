"""Tables in CSV: each row by the names in the first one."""

import csv
from collections.abc import Iterator

from service.importers.import_sentences import ImportSentence
from service.importers.incoming_comments import UnreadablePart
from service.importers.source_file import Source, Text

_AT_ONCE = 64 * 1024
_LONGEST_FIELD = 16 * 1024 * 1024


def csv_rows(source: Source) -> Iterator[dict[str, str] | UnreadablePart]:
    """The rows. One that is broken, or has other columns than the first, is passed over."""
    csv.field_size_limit(_LONGEST_FIELD)  # for the whole process, where nothing else reads CSV
    table = csv.reader(_lines(source.text()), strict=False)
    names: list[str] | None = None
    while True:
        try:
            row = next(table)
        except StopIteration:
            return
        except csv.Error:
            yield UnreadablePart(ImportSentence.ROW_NO_CSV, ImportSentence.LINE % {"number": table.line_num})
            continue
        if names is None:
            names = [name.strip() for name in row]
        elif len(row) == len(names):
            yield dict(zip(names, row, strict=True))
        elif any(row):
            yield UnreadablePart(ImportSentence.ROW_COLUMNS, ImportSentence.LINE % {"number": table.line_num})


def _lines(text: Text) -> Iterator[str]:
    """Lines with their ends."""
    rest = ""
    while piece := text.read(_AT_ONCE):
        *whole, rest = (rest + piece).split("\n")
        yield from (f"{line}\n" for line in whole)
    if rest:
        yield rest
