"""The formats of ``leave-a-reply export``."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from db.models import Status
from service.exporters.csv_table import write_csv
from service.exporters.disqus_xml import write_disqus
from service.exporters.json_arrays import write_artrans, write_isso
from service.exporters.own_lines import write_json_lines
from service.exporters.read_site import SiteReader
from service.exporters.wxr import write_wxr

_ALL = tuple(Status)


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """A format. ``write`` takes the site and the time of the export, and yields pieces of the file.

    ``statuses`` are those that the format can hold: in another, a comment that waits would be published.
    """

    write: Callable[[SiteReader, datetime], Iterator[str]]
    statuses: tuple[Status, ...] = _ALL


FORMATS = {
    "jsonl": ExportFormat(write_json_lines),
    "wordpress": ExportFormat(write_wxr),
    "disqus": ExportFormat(write_disqus, (Status.APPROVED, Status.SPAM, Status.TRASH)),
    "isso": ExportFormat(write_isso, (Status.APPROVED,)),
    "artrans": ExportFormat(write_artrans, (Status.APPROVED, Status.PENDING)),
    "csv": ExportFormat(write_csv),
}
