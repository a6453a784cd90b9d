"""A table for spreadsheets (RFC 4180), in UTF-8, with a line for each comment."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter

from service.author_fields import AUTHOR_FIELDS, AUTHOR_NAMES
from service.csv_cells import guarded_cell
from service.exporters.read_site import SiteReader

HEADER = (
    "page", "title", "id", "parent", "status", "created_at", "edited_at",
    *(field.file_name for field in AUTHOR_FIELDS), "text", "format", "source", "source_id",
)  # fmt: skip

_typed = attrgetter(*AUTHOR_NAMES, "text")


def write_csv(site: SiteReader, _at: datetime) -> Iterator[str]:
    """The lines. A cell that a spreadsheet would run begins with an apostrophe."""
    line = io.StringIO(newline="")
    table = csv.writer(line)

    def written(cells: list[str]) -> str:
        line.seek(0)
        line.truncate()
        table.writerow([guarded_cell(cell) for cell in cells])
        return line.getvalue()

    yield written(list(HEADER))
    for page, comments in site.threads():
        for comment in comments:
            place = [page.url, page.title, str(comment.id), str(comment.parent_id or ""), comment.status.value]
            dates = [at.isoformat() if at else "" for at in (comment.created_at, comment.edited_at)]
            yield written([*place, *dates, *_typed(comment), comment.format, comment.source, comment.source_id or ""])
