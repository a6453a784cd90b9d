"""The command ``leave-a-reply import``."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated, NoReturn, Protocol

import typer
from rich.progress import DownloadColumn
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db.writer import Writer
from service.cli.progress import progress_bar
from service.importers.load import Import, rehearse
from service.importers.model import Incoming, PageMappings
from service.importers.registry import FORMATS
from service.importers.source import BadSource, Source, open_source
from service.importers.summary import ImportReport
from service.sites import read_sites
from service.urls import BadPage, origin_of


class ImportStore(Protocol):
    """The parts of an open service that the command uses."""

    @property
    def engine(self) -> Engine: ...
    @property
    def writer(self) -> Writer: ...


Opened = Callable[[], AbstractContextManager[ImportStore]]
Fail = Callable[[str], NoReturn]


def add_to(app: typer.Typer, opened: Opened, fail: Fail) -> None:
    """Add the command. ``opened`` opens the service; ``fail`` prints a sentence and exits with status 1."""

    @app.command("import")
    def import_comments(
        form: Annotated[str, typer.Argument(metavar="FORMAT", help=f"One of: {', '.join(FORMATS)}.")],
        file: Annotated[str, typer.Argument(metavar="FILE", help="The export, plain or gzip; - reads standard input.")],
        site: Annotated[str, typer.Option(metavar="ORIGIN", help="The site whose pages get the comments.")],
        page: Annotated[
            list[str] | None,
            typer.Option(metavar="POST=URL", help="A post, by number, slug or address, is this page; repeatable."),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
        as_json: Annotated[bool, typer.Option("--json", help="Answer for a program.")] = False,
    ) -> None:
        """Take in the comments of another system. A second run adds only what is new."""
        if form not in FORMATS:
            fail(f"There is no format {form}. There is: {', '.join(FORMATS)}.")
        try:
            with opened() as store:
                mappings = _page_mappings(store, site, page or ())
                report = _import(store, form, file, mappings, dry_run=dry_run)
        except (BadPage, BadSource) as error:
            fail(str(error))
        except SQLAlchemyError as error:
            fail(f"The database refused: {error}. What was taken until then is kept; run the import again.")
        if report.broken and not report.has_comments:
            fail(report.broken)
        typer.echo(json.dumps(report.as_dict()) if as_json else str(report))
        if report.broken:
            raise typer.Exit(1)


def _page_mappings(store: ImportStore, site: str, moves: Iterable[str]) -> PageMappings:
    origin = origin_of(site)
    with store.engine.connect() as connection:
        sites = read_sites(connection)
    if origin not in sites:
        raise BadPage(f"{origin} is not registered here. Do that first: leave-a-reply site add {origin}")
    return PageMappings.of(sites[origin], origin, moves)


def _import(store: ImportStore, form: str, file: str, mappings: PageMappings, *, dry_run: bool) -> ImportReport:
    run = rehearse(store.engine) if dry_run else store.writer.run
    source = open_source(file)
    try:
        job = Import(form, mappings, run, datetime.now(UTC), ImportReport(dry_run=dry_run))
        return job.take(_with_progress(FORMATS[form].read(source), source))
    finally:
        source.close()


def _with_progress(items: Iterator[Incoming], source: Source) -> Iterator[Incoming]:
    """The same items, with a bar that shows how much of the file is read."""
    with progress_bar("Reading", DownloadColumn(), total=source.size or None) as update:
        for count, item in enumerate(items):
            if count % 100 == 0:
                update(completed=source.position)
            yield item
