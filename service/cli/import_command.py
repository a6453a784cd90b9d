"""The command ``leave-a-reply import``."""

import json
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate, NoReturn, ParamSpec, Protocol, TypeVar

import typer
from rich.progress import DownloadColumn, MofNCompleteColumn, ProgressColumn
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from db.writer import ALONE, Writer
from service.cli.open_service import Opened
from service.cli.progress import RateColumn, progress_bar
from service.importers import import_run_rows
from service.importers.file_import import FileImport
from service.importers.import_formats import FORMATS
from service.importers.import_report import ImportReport
from service.importers.import_run_rows import RunState, Stopped
from service.importers.import_run_work import record_import
from service.importers.import_target import Places
from service.importers.source_file import BadSource, Source, open_source
from service.importers.store_comments import rehearse
from service.known_sites import KnownSite, known_sites
from service.web.context import utc_now
from service.web_origin import BadPage, origin_of

T = TypeVar("T")
P = ParamSpec("P")


class ImportStore(Protocol):
    """The parts of an open service that the command uses."""

    @property
    def engine(self) -> Engine: ...
    @property
    def writer(self) -> Writer: ...


Fail = Callable[[str], NoReturn]


def _several(metavar: str, help_text: str, *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=f"{help_text}; repeatable.")


_File = Annotated[
    list[str], typer.Argument(metavar="[FORMAT] FILE", help="Plain, gzip or zip; - reads standard input.")
]
_Site = Annotated[str, typer.Option(metavar="ORIGIN", help="Import into this site.")]
_Format = Annotated[str, typer.Option("--format", metavar="NAME", help=f"If it is not detected: {', '.join(FORMATS)}.")]
_Page = Annotated[list[str] | None, _several("POST=URL", "Page of a post, given by number, slug or address")]
_Map = Annotated[list[str] | None, _several("OLD=NEW", "Replace OLD with NEW at the beginning of addresses", "--map")]
_Redirects = Annotated[str, typer.Option(metavar="CSV", help="File with old and new addresses of pages.")]
_Host = Annotated[list[str] | None, _several("HOST", "Also import pages on this host")]
_Slugs = Annotated[str, typer.Option(metavar="PATH", help="Path of pages that have only a slug: /blog/{slug}/")]


def add_to(app: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @app.command("import")
    def import_comments(
        file: _File,
        site: _Site,
        form: _Format = "",
        page: _Page = None,
        moved: _Map = None,
        redirects: _Redirects = "",
        host: _Host = None,
        slugs: _Slugs = "",
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    ) -> None:
        """Import comments from another system. A second run adds only what is new."""
        name = file.pop(0) if len(file) > 1 else form
        if len(file) > 1:
            fail("Import one file at a time.")
        if name and name not in FORMATS:
            fail(f"Unknown format {name}. Choose one of: {', '.join(FORMATS)}.")
        try:
            with opened(create=True) as store:
                places = Places(tuple(page or ()), tuple(moved or ()), redirects, tuple(host or ()), slugs)
                report = _Command(store, _site_of(store, site), places, file[0], name).run(dry_run=dry_run)
        except (BadPage, BadSource) as error:
            fail(str(error))
        except Stopped:
            fail("The import was undone in the meantime.")
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was imported so far is kept; run the import again.")
        if report.broken and not report.has_comments:
            fail(report.broken)
        typer.echo(json.dumps(report.as_dict()) if as_json else str(report))
        if not report.is_whole:
            raise typer.Exit(1)


def _site_of(store: ImportStore, address: str) -> KnownSite:
    """A site, by one of its origins. Raises BadPage if it is not registered."""
    origin = origin_of(address)
    with store.engine.connect() as connection:
        site = known_sites(connection).of(origin)
    if site is None:
        raise BadPage(f"{origin} is not registered: leave-a-reply site add {origin}")
    return site


@dataclass(frozen=True, slots=True)
class _Command:
    """An import by command, of ``file`` in the format ``name``; if that is empty, in the one that it is found to be."""

    store: ImportStore
    site: KnownSite
    places: Places
    file: str
    name: str

    def run(self, *, dry_run: bool) -> ImportReport:
        """The import or its dry run, with a bar. Raises BadSource, BadPage."""
        mappings = self.places.read(self.site)
        with closing(open_source(self.file)) as source, ExitStack() as bars:
            reading, writing = _Bar(bars, "Reading", DownloadColumn()), _Bar(bars, "Writing", MofNCompleteColumn())
            job = FileImport(self.file, self.name, mappings, rehearse(self.store.engine), utc_now(), dry_run=dry_run)
            job.reading = reading.move
            job.writing = writing.move
            return job.take(source) if dry_run else self._write(job, source)

    def _write(self, job: FileImport, source: Source) -> ImportReport:
        """An import is a row from its start, so that it can be undone even if it is killed."""
        write = self.store.writer.run
        shown = "" if self.file == "-" else Path(self.file).name
        values = {"state": RunState.WRITE, "format": self.name, "file": shown, "size": source.size}
        options = self.places.as_options()
        job.run_id = write(import_run_rows.create, self.site.id, utc_now(), options=options, **values)
        key = (self.site.id, job.run_id)
        progress, show = {"done": 0, "total": 0}, job.writing

        def run(function: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
            def both(connection: Connection) -> T:
                import_run_rows.beat(connection, key, RunState.WRITE, utc_now(), **progress)
                return function(connection, *args, **kwargs)

            return self.store.writer.submit(both, ALONE).result()  # it locks several pages

        def writing(done: int, total: int) -> None:
            progress.update(done=done, total=total)
            show(done, total)

        job.run, job.writing = run, writing
        try:
            report = job.take(source)
        except BaseException as error:
            said = str(error) if isinstance(error, BadSource) else "It was stopped."
            write(
                import_run_rows.change, key, [RunState.WRITE], RunState.STOPPED, utc_now(), said=said, format=job.format
            )
            raise
        write(_ended, key, shown, report, job.format)
        report.number = job.run_id if report.taken else None
        return report


def _ended(connection: Connection, key: import_run_rows.Key, file: str, report: ImportReport, form: str) -> None:
    at = utc_now()
    values = {"report": report.as_dict(), "format": form, "finished_at": at}
    import_run_rows.change(connection, key, [RunState.WRITE], RunState.DONE, at, **values)
    record_import(connection, key, file, report, None, at)


class _Bar:
    """A bar that begins when there is something to show."""

    def __init__(self, bars: ExitStack, title: str, column: ProgressColumn) -> None:
        self._bars, self._title, self._column = bars, title, column
        self._update: Callable[..., None] | None = None

    def move(self, done: int, total: int) -> None:
        """Show that so much of ``total`` is done."""
        if self._update is None:
            bar = progress_bar(self._title, self._column, RateColumn(), total=total or None)
            self._update = self._bars.enter_context(bar)
        self._update(completed=done)
