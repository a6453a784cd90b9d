"""Small exports of other systems, all invented, and what a reader tells of one in a line for each comment."""

import io
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from service.importers.import_formats import FORMATS, recognise
from service.importers.incoming_comments import Incoming, IncomingComment, IncomingPage, Skipped, UnreadablePart
from service.importers.source_file import Opening, Source, open_source

FOLDER = Path(__file__).parent / "exports"


def path_of(name: str, folder: Path) -> Path:
    """The path of an export. A database is made of its ``.sql`` in ``folder``."""
    if not name.endswith(".db"):
        return FOLDER / name
    path = folder / name
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((FOLDER / name).with_suffix(".sql").read_text())
    return path


def recognised(path: Path) -> str:
    """The format that a file or folder is taken for."""
    return recognise(opening_of(path))


def opening_of(path: Path) -> Opening:
    """The beginning of a file or folder."""
    with closing(open_source(str(path))) as source:
        return source.opening()


def read_path(path: Path, form: str = "") -> list[Incoming]:
    """What a reader makes of a file or folder."""
    with closing(open_source(str(path))) as source:
        return list(FORMATS[form or recognised(path)].read(source))


def read_bytes(data: bytes, form: str) -> list[Incoming]:
    """What a reader makes of a file's content."""
    return list(FORMATS[form].read(Source(io.BytesIO(data))))


def comments(items: Iterable[Incoming]) -> dict[str, IncomingComment]:
    """The comments by their numbers."""
    return {item.number: item for item in items if isinstance(item, IncomingComment)}


def told(items: Iterable[Incoming]) -> str:
    """A line for each item, with dashes for what is empty."""
    return "".join(f"{_line(item)}\n" for item in items)


def _line(item: Incoming) -> str:
    if isinstance(item, IncomingComment):
        at = [_date(moment) for moment in (item.created_at, item.edited_at) if moment]
        who = [item.author, item.email, item.url, " edited ".join(at)]
        what = [item.status.value, *who, f"{item.format} {item.text!r}", "; ".join(item.notes)]
        return " | ".join(each or "-" for each in [f"{item.number} > {item.parent}", _page(item.page), *what])
    if isinstance(item, Skipped):
        return f"{item.number} > {item.parent} | {_page(item.page)} | skipped: {item.reason}"
    if isinstance(item, UnreadablePart):
        return f"unreadable: {item.reason} at {item.place}"
    return f"remark: {getattr(item, 'text', item)}"


def _page(page: IncomingPage) -> str:
    where = page.path or (f"slug {page.slug}" if page.slug else page.trouble)
    words = [where, page.title and repr(page.title), page.host and f"on {page.host}", "closed" if page.closed else ""]
    return " ".join(word for word in words if word)


def _date(at: datetime) -> str:
    return at.isoformat(sep=" ").replace("+00:00", "")
