"""The command ``leave-a-reply export``."""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from db.engine import file_of, is_current, open_engine
from db.models import Status
from service.cli.open_service import os_reason
from service.comments.find_page import settle
from service.comments.thread_tree import count_shown
from service.exporters.export_formats import FORMATS, ExportFormat
from service.exporters.read_site import ExportFilter, SiteReader, snapshot_of
from service.exporters.static_files import BadIndex, StaticThread, write_threads
from service.known_sites import known_sites
from service.page_address import PageRef, resolve
from service.settings import Settings
from service.sites import read_sites
from service.web.context import AppContext, utc_now
from service.web.thread_page import static_thread
from service.web_origin import BadPage, origin_of

Opened = Callable[[], AbstractContextManager[AppContext]]
LoadSettings = Callable[[], Settings]
Fail = Callable[[str], NoReturn]

_NAMES = (*FORMATS, "html")
_STATUSES = ", ".join(Status)


class BadChoice(ValueError):
    """An option cannot be used. The message says what to do."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """The options that choose comments, as typed."""

    page: str
    since: str
    until: str
    statuses: tuple[Status, ...]
    emails: bool

    def filter(self, connection: Connection, site: str, form: ExportFormat) -> ExportFilter:
        """Raises BadPage, BadChoice."""
        origin = origin_of(site)
        site_id = _site_id(connection, origin)
        page = _page_key(connection, self.page, site_id) if self.page else ""
        since = _day(self.since)[0] if self.since else None
        until = _day(self.until)[1] if self.until else None
        statuses = tuple(dict.fromkeys(self.statuses or form.statuses))
        if impossible := [status.value for status in statuses if status not in form.statuses]:
            raise BadChoice(f"This format cannot contain {impossible[0]} comments, only: {', '.join(form.statuses)}.")
        return ExportFilter(site_id, origin, statuses, page, since, until, self.emails)


def add_to(app: typer.Typer, opened: Opened, load_settings: LoadSettings, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @app.command("export")
    def export(
        site: Annotated[str, typer.Option(metavar="ORIGIN", help="The site whose comments are exported.")],
        form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(_NAMES)}.")] = "jsonl",
        page: Annotated[str, typer.Option(metavar="URL", help="Only this page.")] = "",
        since: Annotated[str, typer.Option(metavar="DATE", help="Only comments from this day on (UTC).")] = "",
        until: Annotated[str, typer.Option(metavar="DATE", help="Only comments up to and including this day.")] = "",
        status: Annotated[
            list[Status] | None, typer.Option(metavar="STATUS", help=f"Only {_STATUSES}; repeatable.")
        ] = None,
        emails: Annotated[bool, typer.Option("--emails", help="Include the authors' email addresses.")] = False,
        file: Annotated[str, typer.Option("-o", metavar="FILE", help="Output file; - is standard output.")] = "-",
        out: Annotated[Path | None, typer.Option(metavar="DIR", help="Output folder, for html.")] = None,
    ) -> None:
        """Write a site's comments to a file. html writes one file per thread, for static site generators."""
        if form not in _NAMES:
            fail(f"Unknown format {form}. Choose one of: {', '.join(_NAMES)}.")
        choice = _Choice(page, since, until, tuple(status or ()), emails)
        is_html = form == "html"
        if is_html and (choice != _Choice("", "", "", (), emails=False) or file != "-" or out is None):
            fail("html writes every thread of a site as readers see it, and needs exactly --site and --out.")
        if out is not None and not is_html:
            fail("--out is only for html. Use -o for the output file.")
        try:
            with _store(load_settings(), fail) as connection:
                if is_html and out is not None:
                    _write_html(connection, opened, site, out)
                else:
                    _write_file(connection, FORMATS[form], choice, site, file)
        except OSError as error:
            fail(os_reason(error))
        except (BadPage, BadChoice, BadIndex) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. No file was changed.")


@contextmanager
def _store(settings: Settings, fail: Fail) -> Iterator[Connection]:
    """The database as it is: it is neither created nor migrated."""
    file = file_of(settings.database)
    if file and not file.exists():
        fail(f"There is no database at {file}. Run this in the folder of the service, or set REPLY_DATA.")
    engine = open_engine(settings.database, statement_seconds=0)  # no limit: a sort on PostgreSQL may take long
    try:
        with snapshot_of(engine) as connection:
            if not is_current(connection):
                fail("The database is from an older version. Start the service once to update it.")
            yield connection
    finally:
        engine.dispose()


def _site_id(connection: Connection, origin: str) -> int:
    site_id = read_sites(connection).get(origin)
    if site_id is None:
        raise BadChoice(f"{origin} is not registered. Run “leave-a-reply site list” to see the registered sites.")
    return site_id


def _page_key(connection: Connection, address: str, site_id: int) -> str:
    page = resolve(address, known_sites(connection))
    if page.site_id != site_id:
        raise BadChoice(f"{address} is a page of another site.")
    return settle(connection, page).key


def _day(typed: str) -> tuple[datetime, datetime]:
    """The first moment of a day and the first after it. A date with a time is both. Raises BadChoice."""
    typed = typed.strip()
    try:
        at = datetime.fromisoformat(typed)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at, at + timedelta(days=len(typed) <= len("2026-01-31"))
    except (ValueError, OverflowError) as error:
        raise BadChoice(f"“{typed}” is not a date. Write 2026-01-31 or 2026-01-31T12:00:00Z.") from error


def _write_file(connection: Connection, form: ExportFormat, choice: _Choice, site: str, file: str) -> None:
    reader = SiteReader(connection, choice.filter(connection, site, form))
    pieces = form.write(reader, utc_now())
    if file == "-":
        for piece in pieces:
            sys.stdout.buffer.write(piece.encode())
        sys.stdout.buffer.flush()
    else:
        _write_whole(Path(file), pieces)
        typer.echo(f"{file}: {Path(file).stat().st_size / 1e6:,.1f} MB.")


def _write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write all or nothing. Only the owner may read the file, since it may hold email addresses."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            for piece in pieces:
                stream.write(piece.encode())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_html(connection: Connection, opened: Opened, site: str, out: Path) -> None:
    origin = origin_of(site)
    chosen = ExportFilter(_site_id(connection, origin), origin, (Status.APPROVED,))

    def threads(context: AppContext) -> Iterator[StaticThread]:
        for page in SiteReader(connection, chosen).pages():
            html = static_thread(connection, context, PageRef(chosen.site_id, page.url, page.key))
            number = count_shown(connection, chosen.site_id, page.id)
            yield StaticThread(page.url, page.key, page.title, number, html)

    with opened() as context:
        summary = write_threads(out, origin, threads(context))
    typer.echo(f"{out}: {summary.written:,} written, {summary.unchanged:,} unchanged, {summary.removed:,} removed.")
