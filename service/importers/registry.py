"""The formats that can be imported. A new one is a file with the functions ``read`` and ``sniff``, and a line here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from service.importers import own_lines, wordpress
from service.importers.model import Incoming, IncomingComment, Reader
from service.importers.source import Opening, Source

UNREADABLE_LETTERS = "has letters that could not be read (\ufffd)"


@dataclass(frozen=True, slots=True)
class ImportFormat:
    """A format. ``title`` is what the report calls it. ``sniff`` says whether a source begins as one of this format."""

    title: str
    read: Reader
    sniff: Callable[[Opening], bool]


FORMATS: dict[str, ImportFormat] = {
    "jsonl": ImportFormat("leave-a-reply's own export", own_lines.read, own_lines.sniff),
    "wordpress": ImportFormat("WordPress's export (WXR)", wordpress.read, wordpress.sniff),
}
"""The name in ``--format``, stored in ``comment.source`` (at most 20 characters) → the format. The first whose
``sniff`` agrees is taken, so the stricter ones stand first."""


def recognise(opening: Opening) -> str:
    """The name of the format of a source, or empty."""
    return next((name for name, form in FORMATS.items() if form.sniff(opening)), "")


def read_source(name: str, source: Source) -> Iterator[Incoming]:
    """What a source in the format ``name`` holds. Raises BadSource where it cannot be read further."""
    for item in FORMATS[name].read(source):
        # Where all bytes are letters, a \ufffd is as it was written.
        if source.bad_bytes and isinstance(item, IncomingComment) and "\ufffd" in item.author + item.text:
            yield replace(item, notes=(*item.notes, UNREADABLE_LETTERS))
        else:
            yield item
